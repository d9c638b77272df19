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
static inline int cvips_save_jpeg(VipsImage *in, const char *path, int quality) {
    return vips_jpegsave(in, path, "Q", quality, "strip", 1, "optimize_coding", 1, "interlace", 0, NULL);
}
static inline int cvips_save_webp(VipsImage *in, const char *path, int quality, int effort) {
    return vips_webpsave(in, path, "Q", quality, "strip", 1, "effort", effort, NULL);
}
static inline int cvips_save_png(VipsImage *in, const char *path) { return vips_pngsave(in, path, "strip", 1, NULL); }
static inline int cvips_save_gif(VipsImage *in, const char *path) { return vips_gifsave(in, path, "strip", 1, NULL); }
