#pragma once
#include <malloc.h>
#include <stddef.h>

// libvips' operations are variadic, which Swift cannot call, and its own headers need those of GLib, whose compiler flags
// SwiftPM does not pass on. So what is used of both is declared here, as vips 8.14 has it and keeps it.

typedef struct _VipsImage VipsImage;

extern int vips_init(const char *name);
extern void vips_cache_set_max(int max);
extern void vips_concurrency_set(int count);
extern void vips_operation_block_set(const char *name, int state);
extern const char *vips_error_buffer(void);
extern VipsImage *vips_image_new_from_file(const char *name, ...);
extern VipsImage *vips_image_copy_memory(VipsImage *image);
extern void *vips_image_write_to_memory(VipsImage *image, size_t *size);
extern int vips_image_get_width(const VipsImage *image);
extern int vips_image_get_height(const VipsImage *image);
extern int vips_image_get_page_height(VipsImage *image);
extern int vips_image_get_n_pages(VipsImage *image);
extern int vips_image_get_bands(const VipsImage *image);
extern int vips_image_hasalpha(VipsImage *image);
extern int vips_thumbnail(const char *filename, VipsImage **out, int width, ...);
extern int vips_thumbnail_image(VipsImage *in, VipsImage **out, int width, ...);
extern int vips_colourspace(VipsImage *in, VipsImage **out, int space, ...);
extern int vips_copy(VipsImage *in, VipsImage **out, ...);
extern int vips_image_get_format(const VipsImage *image);
extern int vips_image_get_interpretation(const VipsImage *image);
extern int vips_image_get_orientation(VipsImage *image);
extern const void *vips_image_get_data(VipsImage *image);
extern VipsImage *vips_image_new_memory(void);
extern void vips_image_init_fields(VipsImage *image, int width, int height, int bands, int format, int coding,
                                   int interpretation, double across, double down);
extern int vips_image_write_prepare(VipsImage *image);
extern int vips_image_get_blob(const VipsImage *image, const char *name, const void **data, size_t *length);
extern void vips_image_set_blob_copy(VipsImage *image, const char *name, const void *data, size_t length);
extern void vips_image_set_int(VipsImage *image, const char *name, int value);
extern void *vips_operation_new(const char *name);
extern unsigned long vips_image_get_typeof(const VipsImage *image, const char *name);
extern int vips_image_remove(VipsImage *image, const char *name);
extern int vips_cast(VipsImage *in, VipsImage **out, int format, ...);
extern int vips_flatten(VipsImage *in, VipsImage **out, ...);
extern int vips_jpegsave(VipsImage *in, const char *filename, ...);
extern int vips_webpsave(VipsImage *in, const char *filename, ...);
extern int vips_pngsave(VipsImage *in, const char *filename, ...);
extern int vips_gifsave(VipsImage *in, const char *filename, ...);
extern void *vips_array_double_newv(int count, ...);
extern void vips_area_unref(void *area);
extern void g_object_unref(void *object);
extern void g_free(void *memory);

// Enumerations of vips: a thumbnail only ever makes smaller; a file that ends early is an error; 8 bits in sRGB.
enum { CVIPS_SIZE_DOWN = 2, CVIPS_FAIL_ON_TRUNCATED = 1, CVIPS_ACCESS_SEQUENTIAL = 1, CVIPS_SRGB = 22, CVIPS_UCHAR = 0 };

/// No file is read by any loader until one is allowed. One thread: a process works on one picture, and what it lets go of it
/// needs again at once.
static inline int cvips_start(void) {
    mallopt(M_MMAP_THRESHOLD, 64 << 20);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    mallopt(M_ARENA_MAX, 1);
    if (vips_init("media")) return -1;
    vips_cache_set_max(0);
    vips_concurrency_set(1);
    vips_operation_block_set("VipsForeignLoad", 1);
    return 0;
}

/// What is looked up when an operation is used for the first time, looked up now. No pixel is touched, and no thread begun.
static inline void cvips_warm(void) {
    static const char *const names[] = {"jpegload", "pngload", "gifload", "webpload", "thumbnail", "thumbnail_image",
                                        "autorot", "resize", "colourspace", "cast", "copy", "flatten", "jpegsave",
                                        "webpsave", "pngsave", "gifsave", NULL};
    for (int index = 0; names[index]; index++) {
        void *operation = vips_operation_new(names[index]);
        if (operation) g_object_unref(operation);
    }
}

static inline void cvips_allow(const char *loader) { vips_operation_block_set(loader, 0); }

/// The header; pixels are read when they are needed. `name` may end with options: `[n=-1]` is all pages.
static inline VipsImage *cvips_open(const char *name) {
    return vips_image_new_from_file(name, "access", CVIPS_ACCESS_SEQUENTIAL, "fail_on", CVIPS_FAIL_ON_TRUNCATED, NULL);
}

static inline int cvips_has_profile(VipsImage *image) { return vips_image_get_typeof(image, "icc-profile-data") != 0; }

/// Turned as the camera was held, and at most `size` on its longer side. Colours are converted where a profile says what they
/// are; without one vips would take them for something else.
static inline VipsImage *cvips_thumbnail(const char *name, int size, int has_profile) {
    VipsImage *out = NULL;
    int failed = has_profile ? vips_thumbnail(name, &out, size, "height", size, "size", CVIPS_SIZE_DOWN, "export_profile",
                                              "srgb", "fail_on", CVIPS_FAIL_ON_TRUNCATED, NULL)
                             : vips_thumbnail(name, &out, size, "height", size, "size", CVIPS_SIZE_DOWN, "fail_on",
                                              CVIPS_FAIL_ON_TRUNCATED, NULL);
    return failed ? NULL : out;
}

/// The same of what was read of a file.
static inline VipsImage *cvips_thumbnail_image(VipsImage *in, int size, int has_profile) {
    VipsImage *out = NULL;
    int failed = has_profile ? vips_thumbnail_image(in, &out, size, "height", size, "size", CVIPS_SIZE_DOWN,
                                                    "export_profile", "srgb", NULL)
                             : vips_thumbnail_image(in, &out, size, "height", size, "size", CVIPS_SIZE_DOWN, NULL);
    return failed ? NULL : out;
}

static inline VipsImage *cvips_smaller(VipsImage *in, int size) {
    VipsImage *out = NULL;
    return vips_thumbnail_image(in, &out, size, "height", size, "size", CVIPS_SIZE_DOWN, NULL) ? NULL : out;
}

/// Three bytes a pixel, and they are red, green and blue, of one page.
static inline int cvips_is_plain(VipsImage *image) {
    return vips_image_get_bands(image) == 3 && vips_image_get_format(image) == CVIPS_UCHAR &&
           vips_image_get_interpretation(image) == CVIPS_SRGB &&
           vips_image_get_page_height(image) == vips_image_get_height(image);
}

/// Room in memory for so many such pixels, which are to be held and coloured as those of `like` are.
static inline VipsImage *cvips_room(int width, int height, VipsImage *like) {
    VipsImage *out = vips_image_new_memory();
    if (!out) return NULL;
    vips_image_init_fields(out, width, height, 3, CVIPS_UCHAR, 0, CVIPS_SRGB, 1, 1);
    if (vips_image_write_prepare(out)) {
        g_object_unref(out);
        return NULL;
    }
    const void *profile = NULL;
    size_t length = 0;
    vips_image_set_int(out, "orientation", vips_image_get_orientation(like));
    if (cvips_has_profile(like) && !vips_image_get_blob(like, "icc-profile-data", &profile, &length))
        vips_image_set_blob_copy(out, "icc-profile-data", profile, length);
    return out;
}

/// Eight bits a colour, and nothing of what cameras and programs have noted: not every form is written without it when asked.
static inline VipsImage *cvips_srgb(VipsImage *in) {
    VipsImage *space = NULL, *cast = NULL, *out = NULL;
    if (vips_colourspace(in, &space, CVIPS_SRGB, NULL)) return NULL;
    int failed = vips_cast(space, &cast, CVIPS_UCHAR, NULL);
    g_object_unref(space);
    if (failed) return NULL;
    failed = vips_copy(cast, &out, NULL);
    g_object_unref(cast);
    if (failed) return NULL;
    static const char *const notes[] = {"icc-profile-data", "exif-data", "xmp-data", "iptc-data", "photoshop-data",
                                        "jpeg-thumbnail-data", "gif-comment", "jpeg-comment", NULL};
    for (int index = 0; notes[index]; index++) vips_image_remove(out, notes[index]);
    return out;
}

/// On white where it is transparent.
static inline VipsImage *cvips_flat(VipsImage *in) {
    VipsImage *out = NULL;
    void *white = vips_array_double_newv(3, 255.0, 255.0, 255.0);
    int failed = vips_flatten(in, &out, "background", white, NULL);
    vips_area_unref(white);
    return failed ? NULL : out;
}

// Without what cameras and programs have noted, and without profiles.
static inline int cvips_save_jpeg(VipsImage *in, const char *path, int quality, int packs_tight) {
    return vips_jpegsave(in, path, "Q", quality, "strip", 1, "optimize_coding", packs_tight, "interlace", 0, NULL);
}
static inline int cvips_save_webp(VipsImage *in, const char *path, int quality, int effort) {
    return vips_webpsave(in, path, "Q", quality, "strip", 1, "effort", effort, NULL);
}
static inline int cvips_save_png(VipsImage *in, const char *path) { return vips_pngsave(in, path, "strip", 1, NULL); }
static inline int cvips_save_gif(VipsImage *in, const char *path) { return vips_gifsave(in, path, "strip", 1, NULL); }
