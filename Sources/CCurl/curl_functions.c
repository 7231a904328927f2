#include "curl_functions.h"

#include <dlfcn.h>
#include <stdio.h>

#define FUNCTIONS(F)                                                                                                  \
    F(curl_global_init)                                                                                               \
    F(curl_easy_init)                                                                                                 \
    F(curl_easy_reset)                                                                                                \
    F(curl_easy_cleanup)                                                                                              \
    F(curl_easy_perform)                                                                                              \
    F(curl_easy_strerror)                                                                                             \
    F(curl_easy_setopt)                                                                                               \
    F(curl_easy_getinfo)                                                                                              \
    F(curl_slist_append)                                                                                              \
    F(curl_slist_free_all)

// Pointers of the true, partly variadic types: arguments may be passed differently to others.
#define DECLARE(name) static __typeof__(name) *found_##name;
FUNCTIONS(DECLARE)

static char problem[256];

static int find(void *library, const char *name, void **function) {
    *function = dlsym(library, name);
    if (*function) return 1;
    snprintf(problem, sizeof problem, "libcurl has no %s; it is too old.", name);
    return 0;
}

const char *latchkey_curl_load(void) {
    static int is_loaded;
    if (is_loaded) return NULL;
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        snprintf(problem, sizeof problem, "libcurl.so.4 cannot be loaded (Debian's package libcurl4): %s", dlerror());
        return problem;
    }
#define FIND(name)                                                                                                    \
    if (!find(library, #name, (void **)&found_##name)) return problem;
    FUNCTIONS(FIND)
    if (found_curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        snprintf(problem, sizeof problem, "libcurl cannot be initialized.");
        return problem;
    }
    is_loaded = 1;
    return NULL;
}

void *latchkey_curl_easy_init(void) { return found_curl_easy_init(); }
void latchkey_curl_easy_reset(void *handle) { found_curl_easy_reset(handle); }
void latchkey_curl_easy_cleanup(void *handle) { found_curl_easy_cleanup(handle); }
CURLcode latchkey_curl_easy_perform(void *handle) { return found_curl_easy_perform(handle); }
const char *latchkey_curl_easy_strerror(CURLcode code) { return found_curl_easy_strerror(code); }

CURLcode latchkey_curl_set_number(void *handle, CURLoption option, long value) {
    return found_curl_easy_setopt(handle, option, value);
}

CURLcode latchkey_curl_set_text(void *handle, CURLoption option, const char *value) {
    return found_curl_easy_setopt(handle, option, value);
}

CURLcode latchkey_curl_set_pointer(void *handle, CURLoption option, void *value) {
    return found_curl_easy_setopt(handle, option, value);
}

CURLcode latchkey_curl_set_reader(void *handle, size_t (*function)(char *, size_t, size_t, void *), void *argument) {
    CURLcode code = found_curl_easy_setopt(handle, CURLOPT_READFUNCTION, function);
    return code == CURLE_OK ? found_curl_easy_setopt(handle, CURLOPT_READDATA, argument) : code;
}

CURLcode latchkey_curl_set_writer(void *handle, size_t (*function)(char *, size_t, size_t, void *), void *argument) {
    CURLcode code = found_curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, function);
    return code == CURLE_OK ? found_curl_easy_setopt(handle, CURLOPT_WRITEDATA, argument) : code;
}

CURLcode latchkey_curl_set_debugger(
    void *handle, int (*function)(void *, int, char *, size_t, void *), void *argument) {
    CURLcode code = found_curl_easy_setopt(handle, CURLOPT_DEBUGFUNCTION, function);
    if (code == CURLE_OK) code = found_curl_easy_setopt(handle, CURLOPT_DEBUGDATA, argument);
    return code == CURLE_OK ? found_curl_easy_setopt(handle, CURLOPT_VERBOSE, 1L) : code;
}

CURLcode latchkey_curl_set_progress(void *handle, curl_xferinfo_callback function, void *argument) {
    CURLcode code = found_curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, function);
    if (code == CURLE_OK) code = found_curl_easy_setopt(handle, CURLOPT_XFERINFODATA, argument);
    return code == CURLE_OK ? found_curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L) : code;
}

CURLcode latchkey_curl_set_socket_opener(void *handle, curl_opensocket_callback function, void *argument) {
    CURLcode code = found_curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, function);
    return code == CURLE_OK ? found_curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, argument) : code;
}

CURLcode latchkey_curl_set_protocols(void *handle, const char *names, long bits) {
#if LIBCURL_VERSION_NUM >= 0x075500
    CURLcode code = found_curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, names);
    if (code != CURLE_UNKNOWN_OPTION) return code;
#else
    (void)names;
#endif
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"
    return found_curl_easy_setopt(handle, CURLOPT_PROTOCOLS, bits);
#pragma clang diagnostic pop
}

CURLcode latchkey_curl_get_number(void *handle, CURLINFO info, long *value) {
    return found_curl_easy_getinfo(handle, info, value);
}

int latchkey_curl_last_socket(void *handle) {
    curl_socket_t socket = CURL_SOCKET_BAD;
    return found_curl_easy_getinfo(handle, CURLINFO_ACTIVESOCKET, &socket) == CURLE_OK ? socket : CURL_SOCKET_BAD;
}

struct curl_slist *latchkey_curl_list_append(struct curl_slist *list, const char *text) {
    return found_curl_slist_append(list, text);
}

void latchkey_curl_list_free(struct curl_slist *list) { found_curl_slist_free_all(list); }
