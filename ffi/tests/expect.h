/* What the C tests share: one line for each expectation that did not hold, and files in memory. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;

#define EXPECT(condition)                                                                  \
    do {                                                                                   \
        if (!(condition)) {                                                                \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                \
            failures++;                                                                    \
        }                                                                                  \
    } while (0)

/* Exactly as long as the file, so that a byte read too far shows under valgrind. */
typedef struct {
    char *data;
    size_t len;
} Text;
