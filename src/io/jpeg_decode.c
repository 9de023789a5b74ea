/* Decoding JPEG files with libjpeg-turbo. Its integer transform and its upsampling give the same
 * bits with and without vector instructions; the fast and the floating-point transform do not.
 *
 * libjpeg reports errors through a callback that may not return: it jumps back into attempt(),
 * which calls nothing of ours that would leak. Most damage is only a warning to libjpeg, which
 * paints the rest grey; here it is an error. */
#include <stdio.h>

#include <jerror.h>
#include <jpeglib.h>

#include "picture_codec.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

typedef struct Reading {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf failed;
    char message[JMSG_LENGTH_MAX];
    bool no_memory;
    const uint8_t *at; /* [size] the file */
    size_t size;
    const PictureHead *head;
    Picture out;
} Reading;

/* ---- libjpeg's callbacks --------------------------------------------------------------------- */

static Reading *reading_of(j_common_ptr c)
{
    return c->client_data;
}

static void on_error(j_common_ptr c)
{
    Reading *r = reading_of(c);
    if (!*r->message)
        c->err->format_message(c, r->message);
    r->no_memory = c->err->msg_code == JERR_OUT_OF_MEMORY;
    longjmp(r->failed, 1);
}

/* Warnings (level -1) that leave all pixels intact. */
static bool is_harmless(int code)
{
    static const int harmless[] = { JWRN_EXTRANEOUS_DATA, JWRN_ADOBE_XFORM, JWRN_BOGUS_ICC,
                                    JWRN_JFIF_MAJOR };
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
        if (harmless[i] == code)
            return true;
    return false;
}

static void on_message(j_common_ptr c, int level)
{
    if (level < 0 && !is_harmless(c->err->msg_code))
        c->err->error_exit(c);
}

static void on_output(j_common_ptr c)
{
    (void)c; /* libjpeg would print */
}

/* A small file may announce any number of scans, each of which costs a pass over all pixels. */
static void on_progress(j_common_ptr c)
{
    if (((j_decompress_ptr)c)->input_scan_number <= JPEG_MAX_SCANS)
        return;
    Reading *r = reading_of(c);
    snprintf(r->message, sizeof r->message, "more than %d scans", JPEG_MAX_SCANS);
    c->err->error_exit(c);
}

/* ---- decoding -------------------------------------------------------------------------------- */

static J_COLOR_SPACE output_space(J_COLOR_SPACE in)
{
    switch (in) {
    case JCS_GRAYSCALE:
        return JCS_GRAYSCALE;
    case JCS_CMYK:
    case JCS_YCCK:
        return JCS_CMYK;
    default:
        return JCS_RGB;
    }
}

static void begin(Reading *r)
{
    j_decompress_ptr c = &r->jpeg;
    jpeg_create_decompress(c);
    c->client_data = r;
    c->progress = &r->progress;
    jpeg_mem_src(c, r->at, (unsigned long)r->size);
    jpeg_read_header(c, TRUE);
    c->out_color_space = output_space(c->jpeg_color_space);
    c->dct_method = JDCT_ISLOW;
    jpeg_calc_output_dimensions(c);
}

/* CMYK without a profile; Adobe stores it inverted. */
static void cmyk_to_rgb(const uint8_t *in, int width, bool inverted, uint8_t *out)
{
    for (int x = 0; x < width; x++, in += 4)
        for (int k = 0; k < 3; k++) {
            const int ink = inverted ? in[k] : 255 - in[k], black = inverted ? in[3] : 255 - in[3];
            *out++ = (uint8_t)((ink * black + 127) / 255);
        }
}

static void read_rows(Reading *r)
{
    j_decompress_ptr c = &r->jpeg;
    const size_t row = (size_t)r->out.width * (size_t)r->out.channels;
    const bool cmyk = c->out_color_space == JCS_CMYK;
    jpeg_start_decompress(c);
    JSAMPARRAY four =
        cmyk ? c->mem->alloc_sarray((j_common_ptr)c, JPOOL_IMAGE, c->output_width * 4, 1) : NULL;
    while (c->output_scanline < c->output_height) {
        uint8_t *to = r->out.at + c->output_scanline * row;
        jpeg_read_scanlines(c, cmyk ? four : &to, 1);
        if (cmyk)
            cmyk_to_rgb(four[0], r->out.width, c->saw_Adobe_marker, to);
    }
    jpeg_finish_decompress(c);
}

/* False: libjpeg jumped back. */
static bool attempt(Reading *r, void (*work)(Reading *r))
{
    if (setjmp(r->failed))
        return false;
    work(r);
    return true;
}

static Status report(const Reading *r, Error *e)
{
    return r->no_memory ? fail(e, GT_ERESOURCE, "not enough memory to decode it")
                        : fail(e, GT_EDATA, "damaged or not supported: %s", r->message);
}

static Status decode(Reading *r, Error *e)
{
    const bool turned = r->head->orientation >= 5;
    if (!attempt(r, begin))
        return report(r, e);
    r->out = (Picture){ (int)r->jpeg.output_width, (int)r->jpeg.output_height,
                        r->jpeg.out_color_space == JCS_GRAYSCALE ? 1 : 3, NULL };
    if (r->out.width != (turned ? r->head->height : r->head->width) ||
        r->out.height != (turned ? r->head->width : r->head->height))
        return fail(e, GT_EDATA, "damaged: two frame headers");
    r->out.at = malloc(picture_bytes(&r->out));
    if (!r->out.at)
        return fail(e, GT_ERESOURCE, "not enough memory for its %d x %d pixels", r->out.width,
                    r->out.height);
    return attempt(r, read_rows) ? GT_OK : report(r, e);
}

Status jpeg_decode(const uint8_t *at, size_t n, const PictureHead *head, Picture *out, Error *e)
{
    *out = (Picture){ 0 };
    Reading *r = calloc(1, sizeof *r);
    if (!r)
        return fail(e, GT_ERESOURCE, "not enough memory to decode it");
    r->at = at;
    r->size = n;
    r->head = head;
    r->jpeg.err = jpeg_std_error(&r->errors);
    r->jpeg.client_data = r;
    r->errors.error_exit = on_error;
    r->errors.emit_message = on_message;
    r->errors.output_message = on_output;
    r->progress.progress_monitor = on_progress;
    const Status s = decode(r, e);
    jpeg_destroy_decompress(&r->jpeg);
    if (s == GT_OK)
        *out = r->out;
    else
        picture_free(&r->out);
    free(r);
    return s;
}
