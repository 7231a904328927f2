#pragma once

#include <stddef.h>

/// Common passwords, folded, sorted by their bytes, each followed by a line feed. ORIGIN.md says where they are from.
const unsigned char *latchkey_common_passwords(size_t *count);
