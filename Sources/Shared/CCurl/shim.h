#pragma once
#include <curl/curl.h>
#include <string.h>

// curl_easy_setopt and its kin are variadic, which Swift cannot call: one inline function per kind of argument.
static inline CURLcode ccurl_set_string(CURL *easy, CURLoption option, const char *value) { return (curl_easy_setopt)(easy, option, value); }
static inline CURLcode ccurl_set_long(CURL *easy, CURLoption option, long value) { return (curl_easy_setopt)(easy, option, value); }
static inline CURLcode ccurl_set_offset(CURL *easy, CURLoption option, curl_off_t value) { return (curl_easy_setopt)(easy, option, value); }
static inline CURLcode ccurl_set_pointer(CURL *easy, CURLoption option, void *value) { return (curl_easy_setopt)(easy, option, value); }
static inline CURLcode ccurl_set_list(CURL *easy, CURLoption option, struct curl_slist *value) { return (curl_easy_setopt)(easy, option, value); }
static inline CURLcode ccurl_set_write(CURL *easy, CURLoption option, curl_write_callback callback) { return (curl_easy_setopt)(easy, option, callback); }
static inline CURLcode ccurl_set_read(CURL *easy, curl_read_callback callback) { return (curl_easy_setopt)(easy, CURLOPT_READFUNCTION, callback); }
static inline CURLcode ccurl_set_seek(CURL *easy, curl_seek_callback callback) { return (curl_easy_setopt)(easy, CURLOPT_SEEKFUNCTION, callback); }
static inline CURLcode ccurl_set_open_socket(CURL *easy, curl_opensocket_callback callback) { return (curl_easy_setopt)(easy, CURLOPT_OPENSOCKETFUNCTION, callback); }
static inline CURLcode ccurl_set_close_socket(CURL *easy, curl_closesocket_callback callback) { return (curl_easy_setopt)(easy, CURLOPT_CLOSESOCKETFUNCTION, callback); }
static inline CURLcode ccurl_set_before_request(CURL *easy, curl_prereq_callback callback) { return (curl_easy_setopt)(easy, CURLOPT_PREREQFUNCTION, callback); }
static inline CURLcode ccurl_set_debug(CURL *easy, curl_debug_callback callback) { return (curl_easy_setopt)(easy, CURLOPT_DEBUGFUNCTION, callback); }

static inline CURLcode ccurl_get_long(CURL *easy, CURLINFO info, long *value) { return (curl_easy_getinfo)(easy, info, value); }

// When the certificate of the other side ends, in seconds since 1970; -1 where nothing is known of it.
static inline long long ccurl_certificate_end(CURL *easy) {
    struct curl_certinfo *chain = 0;
    if ((curl_easy_getinfo)(easy, CURLINFO_CERTINFO, &chain) != CURLE_OK || !chain || chain->num_of_certs < 1) return -1;
    for (struct curl_slist *field = chain->certinfo[0]; field; field = field->next)
        if (!strncmp(field->data, "Expire date:", 12)) return (long long)curl_getdate(field->data + 12, 0);
    return -1;
}

static inline CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value) { return (curl_multi_setopt)(multi, option, value); }
static inline CURLMcode ccurl_multi_set_pointer(CURLM *multi, CURLMoption option, void *value) { return (curl_multi_setopt)(multi, option, value); }
static inline CURLMcode ccurl_multi_set_socket(CURLM *multi, curl_socket_callback callback) { return (curl_multi_setopt)(multi, CURLMOPT_SOCKETFUNCTION, callback); }
static inline CURLMcode ccurl_multi_set_timer(CURLM *multi, curl_multi_timer_callback callback) { return (curl_multi_setopt)(multi, CURLMOPT_TIMERFUNCTION, callback); }

// Macros with casts in them, which Swift does not see.
static inline CURLcode ccurl_start(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }
static inline curl_socket_t ccurl_no_socket(void) { return CURL_SOCKET_BAD; }
