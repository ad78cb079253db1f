/* Loads the shared library, opens a broker, uses it, and gives the library back:
 * broker_unload_test LIBRARY CONFIG [TIMES]. */

#include <eid_broker.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ISO C has no conversion from an object pointer to a function pointer; POSIX has this one. */
#define FIND(library, function) (*(void **)&function = dlsym(library, #function))

int main(int argc, char **argv)
{
    int times = argc == 4 ? atoi(argv[3]) : 3;
    if (argc != 3 && argc != 4)
        return 2;
    for (int round = 0; round < times; round++) {
        uint32_t (*eidb_broker_open)(const char *, size_t, EidbBroker **);
        uint32_t (*eidb_broker_expect)(const EidbBroker *, const char *, size_t, const char *,
                                       size_t, uint64_t, EidbExpectation **);
        uint32_t (*eidb_broker_verify)(const EidbBroker *, const char *, size_t, const char *,
                                       size_t, uint64_t, EidbVerdict **);
        uint32_t (*eidb_expectation_text)(const EidbExpectation *, const char *, size_t, char *,
                                          size_t, size_t *);
        uint32_t (*eidb_expectation_free)(EidbExpectation *);
        uint32_t (*eidb_verdict_free)(EidbVerdict *);
        uint32_t (*eidb_broker_free)(EidbBroker *);
        EidbBroker *broker = NULL;
        EidbExpectation *expectation = NULL;
        EidbVerdict *verdict = NULL;
        const char *procedure = "urn:procedure:building-permit";
        char sealed[4097];
        size_t len;
        uint64_t now = (uint64_t)time(NULL);
        void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
        if (!library || !FIND(library, eidb_broker_open) || !FIND(library, eidb_broker_expect) ||
            !FIND(library, eidb_broker_verify) || !FIND(library, eidb_expectation_text) ||
            !FIND(library, eidb_expectation_free) || !FIND(library, eidb_verdict_free) ||
            !FIND(library, eidb_broker_free)) {
            fprintf(stderr, "%s\n", dlerror());
            return 1;
        }
        if (eidb_broker_open(argv[2], strlen(argv[2]), &broker) != EIDB_OK ||
            eidb_broker_expect(broker, procedure, strlen(procedure), "sd_jwt_vc", 9, now,
                               &expectation) != EIDB_OK ||
            eidb_expectation_text(expectation, "sealed", 6, sealed, sizeof sealed, &len) !=
                EIDB_OK ||
            eidb_broker_verify(broker, sealed, len, "", 0, now, &verdict) != EIDB_FORMAT_EMPTY ||
            eidb_verdict_free(verdict) != EIDB_OK ||
            eidb_expectation_free(expectation) != EIDB_OK ||
            eidb_broker_free(broker) != EIDB_OK) {
            fprintf(stderr, "wrong answer at load %d\n", round);
            return 1;
        }
        if (dlclose(library) != 0)
            return 1;
    }
    printf("broker_unload_test: %d times\n", times);
    return 0;
}
