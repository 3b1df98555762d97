// Stand-ins for the framework's library of OpenSSL. System.Text.Json names it for the random numbers of a check that init does not
// use (duplicate names of members). With that library, init would be 80 KB larger, and would look for OpenSSL, which no guest has.
#include <stdint.h>
#include <sys/random.h>

int32_t CryptoNative_EnsureOpenSslInitialized(void) {
    return 0;
}

int32_t CryptoNative_GetRandomBytes(uint8_t *buffer, int32_t length) {
    for (int32_t done = 0; done < length;) {
        ssize_t count = getrandom(buffer + done, (size_t)(length - done), 0);
        if (count < 0) {
            return 0;
        }
        done += (int32_t)count;
    }
    return 1;
}

int32_t CryptoNative_GetMaxMdSize(void) {
    return 64;
}

uint64_t CryptoNative_ErrGetExceptionError(int32_t *isAllocationFailure) {
    *isAllocationFailure = 0;
    return 0;
}

void CryptoNative_ErrErrorStringN(uint64_t error, char *buffer, int32_t length) {
    (void)error;
    if (length > 0) {
        buffer[0] = 0;
    }
}
