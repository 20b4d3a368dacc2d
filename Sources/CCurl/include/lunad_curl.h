#pragma once

// libcurl, loaded when it is first needed. With all the libraries that it brings it takes longer to load than
// everything else that the process is made of, and most never send a request.
//
// Each function is libcurl's own with the same name; those that take a variable argument list, which Swift cannot
// call, have one function for each kind of argument.

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

/// Loads libcurl and sets it up, once for the process; any thread may call it. NULL, or what is wrong. Until it
/// has returned NULL no other function of this file may be called.
const char *lunad_curl_load(void);

const char *lunad_curl_version(void);

CURL *lunad_curl_easy_init(void);
void lunad_curl_easy_cleanup(CURL *handle);
CURLcode lunad_curl_easy_perform(CURL *handle);
const char *lunad_curl_easy_strerror(CURLcode code);
CURLcode lunad_curl_set_text(CURL *handle, CURLoption option, const char *text);
CURLcode lunad_curl_set_number(CURL *handle, CURLoption option, long number);
CURLcode lunad_curl_set_size(CURL *handle, CURLoption option, curl_off_t size);
CURLcode lunad_curl_set_pointer(CURL *handle, CURLoption option, void *pointer);
typedef size_t (*lunad_curl_taker)(char *bytes, size_t size, size_t count, void *context);
CURLcode lunad_curl_set_writer(CURL *handle, lunad_curl_taker writer);
CURLcode lunad_curl_set_header_reader(CURL *handle, lunad_curl_taker reader);
CURLcode lunad_curl_get_number(CURL *handle, CURLINFO info, long *number);

/// NULL when there is no memory; `list` is as it was then.
struct curl_slist *lunad_curl_slist_append(struct curl_slist *list, const char *text);
void lunad_curl_slist_free_all(struct curl_slist *list);

CURLM *lunad_curl_multi_init(void);
void lunad_curl_multi_cleanup(CURLM *multi);
CURLMcode lunad_curl_multi_set_number(CURLM *multi, CURLMoption option, long number);
CURLMcode lunad_curl_multi_add_handle(CURLM *multi, CURL *handle);
CURLMcode lunad_curl_multi_remove_handle(CURLM *multi, CURL *handle);
CURLMcode lunad_curl_multi_perform(CURLM *multi, int *running);
CURLMcode lunad_curl_multi_poll(CURLM *multi, int milliseconds);
CURLMcode lunad_curl_multi_wakeup(CURLM *multi);
CURLMsg *lunad_curl_multi_info_read(CURLM *multi, int *left);

CURLU *lunad_curl_url(void);
CURLU *lunad_curl_url_dup(CURLU *address);
void lunad_curl_url_cleanup(CURLU *address);
CURLUcode lunad_curl_url_set(CURLU *address, CURLUPart part, const char *text, unsigned flags);
CURLUcode lunad_curl_url_get(CURLU *address, CURLUPart part, char **text, unsigned flags);
void lunad_curl_free(void *pointer);
