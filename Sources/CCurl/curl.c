#include "lunad_curl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

#define LIBRARY "libcurl.so.4"

#define FUNCTIONS(use)                                                                                             \
    use(global_init) use(version) use(free)                                                                        \
    use(easy_init) use(easy_cleanup) use(easy_perform) use(easy_strerror) use(easy_setopt) use(easy_getinfo)       \
    use(slist_append) use(slist_free_all)                                                                          \
    use(multi_init) use(multi_cleanup) use(multi_setopt) use(multi_add_handle) use(multi_remove_handle)            \
    use(multi_perform) use(multi_poll) use(multi_wakeup) use(multi_info_read)                                      \
    use(url) use(url_dup) use(url_cleanup) use(url_set) use(url_get)

// The types are the header's, so that a wrong call does not compile.
#define DECLARE(name) __typeof__(&curl_##name) name;
static struct {
    FUNCTIONS(DECLARE)
} curl;

static char problem[256];
static bool is_loaded;

static bool load(void *library) {
#define FIND(name)                                                                                                 \
    curl.name = (__typeof__(curl.name))dlsym(library, "curl_" #name);                                              \
    if (curl.name == NULL) {                                                                                       \
        snprintf(problem, sizeof problem, "%s is too old: it has no curl_%s", LIBRARY, #name);                     \
        return false;                                                                                              \
    }
    FUNCTIONS(FIND)
    if (curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        snprintf(problem, sizeof problem, "%s could not be set up", LIBRARY);
        return false;
    }
    return true;
}

static void load_once(void) {
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        const char *reason = dlerror();
        snprintf(problem, sizeof problem, "libcurl cannot be loaded: %s", reason ? reason : "for an unknown reason");
        return;
    }
    is_loaded = load(library);
}

const char *lunad_curl_load(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load_once);
    return is_loaded ? NULL : problem;
}

const char *lunad_curl_version(void) { return curl.version(); }

CURL *lunad_curl_easy_init(void) { return curl.easy_init(); }

void lunad_curl_easy_cleanup(CURL *handle) { curl.easy_cleanup(handle); }

CURLcode lunad_curl_easy_perform(CURL *handle) { return curl.easy_perform(handle); }

const char *lunad_curl_easy_strerror(CURLcode code) { return curl.easy_strerror(code); }

CURLcode lunad_curl_set_text(CURL *handle, CURLoption option, const char *text) {
    return curl.easy_setopt(handle, option, text);
}

CURLcode lunad_curl_set_number(CURL *handle, CURLoption option, long number) {
    return curl.easy_setopt(handle, option, number);
}

CURLcode lunad_curl_set_size(CURL *handle, CURLoption option, curl_off_t size) {
    return curl.easy_setopt(handle, option, size);
}

CURLcode lunad_curl_set_pointer(CURL *handle, CURLoption option, void *pointer) {
    return curl.easy_setopt(handle, option, pointer);
}

CURLcode lunad_curl_set_writer(CURL *handle, lunad_curl_taker writer) {
    return curl.easy_setopt(handle, CURLOPT_WRITEFUNCTION, writer);
}

CURLcode lunad_curl_set_header_reader(CURL *handle, lunad_curl_taker reader) {
    return curl.easy_setopt(handle, CURLOPT_HEADERFUNCTION, reader);
}

CURLcode lunad_curl_get_number(CURL *handle, CURLINFO info, long *number) {
    return curl.easy_getinfo(handle, info, number);
}

struct curl_slist *lunad_curl_slist_append(struct curl_slist *list, const char *text) {
    return curl.slist_append(list, text);
}

void lunad_curl_slist_free_all(struct curl_slist *list) { curl.slist_free_all(list); }

CURLM *lunad_curl_multi_init(void) { return curl.multi_init(); }

void lunad_curl_multi_cleanup(CURLM *multi) { curl.multi_cleanup(multi); }

CURLMcode lunad_curl_multi_set_number(CURLM *multi, CURLMoption option, long number) {
    return curl.multi_setopt(multi, option, number);
}

CURLMcode lunad_curl_multi_add_handle(CURLM *multi, CURL *handle) { return curl.multi_add_handle(multi, handle); }

CURLMcode lunad_curl_multi_remove_handle(CURLM *multi, CURL *handle) {
    return curl.multi_remove_handle(multi, handle);
}

CURLMcode lunad_curl_multi_perform(CURLM *multi, int *running) { return curl.multi_perform(multi, running); }

CURLMcode lunad_curl_multi_poll(CURLM *multi, int milliseconds) {
    return curl.multi_poll(multi, NULL, 0, milliseconds, NULL);
}

CURLMcode lunad_curl_multi_wakeup(CURLM *multi) { return curl.multi_wakeup(multi); }

CURLMsg *lunad_curl_multi_info_read(CURLM *multi, int *left) { return curl.multi_info_read(multi, left); }

CURLU *lunad_curl_url(void) { return curl.url(); }

CURLU *lunad_curl_url_dup(CURLU *address) { return curl.url_dup(address); }

void lunad_curl_url_cleanup(CURLU *address) { curl.url_cleanup(address); }

CURLUcode lunad_curl_url_set(CURLU *address, CURLUPart part, const char *text, unsigned flags) {
    return curl.url_set(address, part, text, flags);
}

CURLUcode lunad_curl_url_get(CURLU *address, CURLUPart part, char **text, unsigned flags) {
    return curl.url_get(address, part, text, flags);
}

void lunad_curl_free(void *pointer) { curl.free(pointer); }
