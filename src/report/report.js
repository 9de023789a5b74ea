/* The animation of the samples, values under the pointer, and reloads while the run trains. All data are read
 * from the page; without this script the pictures are a strip, and the legends show the last values. */
"use strict";

/* ---- the animation: one slider over the epochs of all runs ---- */

const players = []; /* { epoch, atEnd, playing, show(epoch) } of every animation */

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
    players.push({
        get epoch() { return epochs[Number(slider.value)]; },
        get atEnd() { return Number(slider.value) === epochs.length - 1; },
        get playing() { return timer !== 0; },
        show(epoch) {
            const later = epochs.findIndex(other => other >= epoch);
            show(later < 0 ? epochs.length - 1 : later);
        },
    });
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

/* ---- reloads while the run trains; afterwards the page looks as the reader left it ---- */

const SECOND = 1000, STATE = "gantrain " + location.pathname;
const focusable = () => [...document.querySelectorAll("button, input, summary, [tabindex]")];

/* Storage may be denied; then only the place in the page is lost. */
const takeState = () => {
    try {
        const state = JSON.parse(sessionStorage.getItem(STATE));
        sessionStorage.removeItem(STATE);
        return state;
    } catch {
        return null;
    }
};
const keepState = state => {
    try {
        sessionStorage.setItem(STATE, JSON.stringify(state));
    } catch {
        /* see above */
    }
};

const before = takeState();
if (before) {
    document.querySelectorAll("details").forEach((part, i) => part.open = before.open.includes(i));
    players.forEach((player, i) => before.epochs[i] === null || player.show(before.epochs[i]));
    scrollTo(before.left, before.top);
    if (before.focus >= 0)
        focusable()[before.focus]?.focus({ preventScroll: true });
}

const running = document.querySelector(".running");
if (running) {
    const { step, seconds, wait } = running.dataset, loaded = Date.now();
    const isNews = !before || before.step !== step;
    const since = isNews ? loaded : before.since; /* when this step was seen first */
    const pause = isNews ? wait * SECOND : Math.min(2 * before.pause, 6 * wait * SECOND);
    const patience = (900 + seconds / 4) * SECOND; /* reports may be a sixteenth of the run apart */
    let touched = 0, pressed = false;
    for (const kind of ["pointerdown", "pointerup", "pointercancel", "pointermove", "wheel", "scroll", "keydown", "input"])
        addEventListener(kind, event => {
            touched = Date.now();
            pressed = event.type === "pointerdown" || pressed && !/^pointer(up|cancel)$/.test(event.type);
        }, { capture: true, passive: true });
    const isBusy = () => pressed || document.hidden || Date.now() - touched < 2 * SECOND ||
        players.some(player => player.playing) || !getSelection().isCollapsed;
    const reload = () => {
        keepState({
            step, since, pause, left: scrollX, top: scrollY,
            open: [...document.querySelectorAll("details")].flatMap((part, i) => part.open ? [i] : []),
            epochs: players.map(player => player.atEnd ? null : player.epoch),
            focus: focusable().indexOf(document.activeElement),
        });
        location.reload();
    };
    history.scrollRestoration = "manual";
    const timer = setInterval(() => {
        if (Date.now() - since > patience) {
            clearInterval(timer);
            running.classList.add("stale");
            running.textContent = "No news for " + Math.round((Date.now() - since) / (60 * SECOND)) +
                " minutes: the run may have been killed. Reload the page to look again.";
        } else if (Date.now() - loaded > pause && !isBusy()) {
            clearInterval(timer);
            reload();
        }
    }, SECOND / 4);
}
