#include "passwords.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

// Part of the program's read-only data: the kernel maps it, and only the pages that a search touches take memory.
static const unsigned char common_passwords[] = {
#embed "common-passwords.txt"
};

const unsigned char *latchkey_common_passwords(size_t *count) {
    *count = sizeof common_passwords;
    return common_passwords;
}
