/* What the page does beyond showing itself: the film of samples, and numbers under the pointer. Everything is
 * read from the page; without this script the pictures are a strip, and the legends show last values. */
"use strict";

/* ---- the film: one slider over the epochs of all reels ---- */

for (const film of document.querySelectorAll(".film")) {
    const controls = film.querySelector(".controls");
    const slider = controls.querySelector("input"), shown = controls.querySelector("output");
    const play = controls.querySelector("button");
    const reels = [...film.querySelectorAll(".reel")].map(reel => ({
        stage: reel.querySelector(".stage"),
        strip: reel.querySelector(".strip"),
        frames: [...reel.querySelectorAll("figure")],
    })).filter(reel => reel.frames.length > 0);
    const epochOf = frame => Number(frame.dataset.epoch);
    const epochs = [...new Set(reels.flatMap(reel => reel.frames.map(epochOf)))].sort((a, b) => a - b);
    if (epochs.length === 0)
        continue;

    /* The newest frame up to the epoch, or the first there is. */
    const frameAt = (reel, epoch) =>
        reel.frames.filter(frame => epochOf(frame) <= epoch).pop() || reel.frames[0];

    const show = at => {
        const epoch = epochs[at];
        slider.value = at;
        slider.setAttribute("aria-valuetext", "epoch " + epoch);
        shown.textContent = "epoch " + epoch;
        for (const reel of reels) {
            const frame = frameAt(reel, epoch), from = frame.querySelector("img");
            const image = reel.stage.querySelector("img");
            image.src = from.src;
            image.alt = from.alt;
            for (const other of reel.frames)
                other.classList.toggle("shown", other === frame);
            reel.strip.scrollLeft =
                frame.offsetLeft - reel.strip.offsetLeft - (reel.strip.clientWidth - frame.clientWidth) / 2;
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
    for (const reel of reels) {
        reel.stage.hidden = false;
        for (const frame of reel.frames)
            frame.addEventListener("click", () => {
                stop();
                show(epochs.indexOf(epochOf(frame)));
            });
    }
    controls.hidden = epochs.length < 2;
    film.classList.add("live");
    show(epochs.length - 1);
}

/* ---- charts: the values of all curves at the place of the pointer ---- */

const SIDE = 10000; /* of the picture that curves are drawn in */

/* The corners of a path "M1 2L3 4h0 ...", as [x, y]. */
const corners = path =>
    [...path.getAttribute("d").matchAll(/[ML](-?\d+) (-?\d+)/g)].map(m => [Number(m[1]), Number(m[2])]);

/* A number as the page writes them: about four digits. */
const words = (value, kind) => {
    if (kind === "share")
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
    const [from, to, kind] = curves.dataset.y.split(" ");
    const y0 = Number(from), y1 = Number(to);
    const valueAt = y => kind === "log" ? y0 * Math.pow(y1 / y0, 1 - y / SIDE) : y0 + (y1 - y0) * (1 - y / SIDE);
    const legend = [...chart.querySelectorAll(".legend li")].map(item => ({
        value: item.querySelector("b"),
        last: item.querySelector("b").textContent,
        corners: corners(curves.querySelector(`.curve:not(.faint)[data-series="${item.dataset.series}"]`)),
    }));
    const cross = document.createElementNS("http://www.w3.org/2000/svg", "line");
    cross.setAttribute("class", "cross");
    cross.setAttribute("y1", "0");
    cross.setAttribute("y2", "100%");

    const nearest = (list, x) =>
        list.reduce((best, at) => Math.abs(at[0] - x) < Math.abs(best[0] - x) ? at : best);

    const point = event => {
        const box = frame.getBoundingClientRect();
        const x = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1) * SIDE;
        const drawn = legend.filter(item => item.corners.length > 0);
        if (drawn.length === 0)
            return;
        const at = nearest(drawn.map(item => nearest(item.corners, x)), x)[0];
        for (const item of drawn)
            item.value.textContent = words(valueAt(nearest(item.corners, at)[1]), kind);
        cross.setAttribute("x1", at / SIDE * 100 + "%");
        cross.setAttribute("x2", at / SIDE * 100 + "%");
        frame.append(cross);
        title.textContent = axis + " " + Math.round(x0 + (x1 - x0) * at / SIDE).toLocaleString("en-US");
    };
    const leave = () => {
        for (const item of legend)
            item.value.textContent = item.last;
        cross.remove();
        title.textContent = axis;
    };
    const plot = chart.querySelector(".plot");
    plot.addEventListener("pointermove", point);
    plot.addEventListener("pointerdown", point);
    plot.addEventListener("pointerleave", leave);
}
