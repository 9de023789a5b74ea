/* The animation of the samples, and values under the pointer. All data are read from the page; without this
 * script the pictures are a strip, and the legends show the last values. */
"use strict";

/* ---- the animation: one slider over the epochs of all runs ---- */

for (const animation of document.querySelectorAll(".animation")) {
    const controls = animation.querySelector(".controls");
    const slider = controls.querySelector("input"), output = controls.querySelector("output");
    const play = controls.querySelector("button");
    const runs = [...animation.querySelectorAll(".pictures")].map(run => ({
        stage: run.querySelector(".stage"),
        strip: run.querySelector(".strip"),
        frames: [...run.querySelectorAll("figure")],
    })).filter(run => run.frames.length > 0);
    const epochOf = frame => Number(frame.dataset.epoch);
    const epochs = [...new Set(runs.flatMap(run => run.frames.map(epochOf)))].sort((a, b) => a - b);
    if (epochs.length === 0)
        continue;

    /* The newest frame up to the epoch, or the first. */
    const frameAt = (run, epoch) =>
        run.frames.filter(frame => epochOf(frame) <= epoch).pop() || run.frames[0];

    const show = index => {
        const epoch = epochs[index];
        slider.value = index;
        slider.setAttribute("aria-valuetext", "epoch " + epoch);
        output.textContent = "epoch " + epoch;
        for (const run of runs) {
            const frame = frameAt(run, epoch), source = frame.querySelector("img");
            const image = run.stage.querySelector("img");
            image.src = source.src;
            image.alt = source.alt;
            for (const other of run.frames)
                other.classList.toggle("shown", other === frame);
            run.strip.scrollLeft =
                frame.offsetLeft - run.strip.offsetLeft - (run.strip.clientWidth - frame.clientWidth) / 2;
        }
    };

    let timer = 0;
    const stop = () => {
        clearInterval(timer);
        timer = 0;
        play.textContent = "Play";
    };
    const advance = () => {
        const next = Number(slider.value) + 1;
        if (next >= epochs.length)
            stop();
        else
            show(next);
    };
    play.addEventListener("click", () => {
        if (timer)
            return stop();
        if (Number(slider.value) === epochs.length - 1)
            show(0);
        play.textContent = "Pause";
        timer = setInterval(advance, Math.max(120, Math.min(600, 6000 / epochs.length)));
    });
    slider.max = epochs.length - 1;
    slider.min = 0;
    slider.addEventListener("input", () => {
        stop();
        show(Number(slider.value));
    });
    for (const run of runs) {
        run.stage.hidden = false;
        for (const frame of run.frames)
            frame.addEventListener("click", () => {
                stop();
                show(epochs.indexOf(epochOf(frame)));
            });
    }
    controls.hidden = epochs.length < 2;
    animation.classList.add("live");
    show(epochs.length - 1);
}

/* ---- charts: the values of all curves at the pointer ---- */

const SIDE = 10000; /* of the viewBox of the curves */

/* The vertices of a path "M1 2L3 4h0 ...", as [x, y]. */
const verticesOf = path =>
    [...path.getAttribute("d").matchAll(/[ML](-?\d+) (-?\d+)/g)].map(m => [Number(m[1]), Number(m[2])]);

/* About four digits, as in the rest of the page. */
const formatNumber = (value, scale) => {
    if (scale === "share")
        return (100 * value).toFixed(1) + " %";
    const size = Math.abs(value);
    if (size >= 1e6 || (size > 0 && size < 1e-3))
        return value.toExponential(2).replace("-", "−");
    const digits = size >= 1000 ? 0 : 3 - Math.floor(Math.log10(Math.max(size, 1e-3)));
    return value.toLocaleString("en-US", { maximumFractionDigits: Math.min(digits, 6) }).replace("-", "−");
};

for (const chart of document.querySelectorAll(".chart")) {
    const frame = chart.querySelector(".frame"), curves = chart.querySelector(".curves");
    const title = chart.querySelector(".name"), axis = title.textContent;
    const [x0, x1] = curves.dataset.x.split(" ").map(Number);
    const [from, to, scale] = curves.dataset.y.split(" ");
    const y0 = Number(from), y1 = Number(to);
    const valueAt = y => scale === "log" ? y0 * Math.pow(y1 / y0, 1 - y / SIDE) : y0 + (y1 - y0) * (1 - y / SIDE);
    const legend = [...chart.querySelectorAll(".legend li")].map(item => ({
        value: item.querySelector("b"),
        last: item.querySelector("b").textContent,
        vertices: verticesOf(curves.querySelector(`.curve:not(.faint)[data-series="${item.dataset.series}"]`)),
    }));
    const crosshair = document.createElementNS("http://www.w3.org/2000/svg", "line");
    crosshair.setAttribute("class", "crosshair");
    crosshair.setAttribute("y1", "0");
    crosshair.setAttribute("y2", "100%");

    const nearest = (list, x) =>
        list.reduce((best, at) => Math.abs(at[0] - x) < Math.abs(best[0] - x) ? at : best);

    const showValues = event => {
        const box = frame.getBoundingClientRect();
        const x = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1) * SIDE;
        const drawn = legend.filter(item => item.vertices.length > 0);
        if (drawn.length === 0)
            return;
        const at = nearest(drawn.map(item => nearest(item.vertices, x)), x)[0];
        for (const item of drawn)
            item.value.textContent = formatNumber(valueAt(nearest(item.vertices, at)[1]), scale);
        crosshair.setAttribute("x1", at / SIDE * 100 + "%");
        crosshair.setAttribute("x2", at / SIDE * 100 + "%");
        frame.append(crosshair);
        title.textContent = axis + " " + Math.round(x0 + (x1 - x0) * at / SIDE).toLocaleString("en-US");
    };
    const hideValues = () => {
        for (const item of legend)
            item.value.textContent = item.last;
        crosshair.remove();
        title.textContent = axis;
    };
    const plot = chart.querySelector(".plot");
    plot.addEventListener("pointermove", showValues);
    plot.addEventListener("pointerdown", showValues);
    plot.addEventListener("pointerleave", hideValues);
}
