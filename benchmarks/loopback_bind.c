/* Preloaded into DynamoDB Local, which has no option for the address: it listens on 127.0.0.1 instead of everywhere.
 * IPv4 only, so that the JVM is started with -Djava.net.preferIPv4Stack=true. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <sys/socket.h>

int bind(int socket, const struct sockaddr *address, socklen_t length) {
    int (*next)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "bind");
    struct sockaddr_in loopback;
    if (address && address->sa_family == AF_INET && length >= sizeof loopback) {
        loopback = *(const struct sockaddr_in *)address;
        if (loopback.sin_addr.s_addr == htonl(INADDR_ANY)) {
            loopback.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            return next(socket, (struct sockaddr *)&loopback, sizeof loopback);
        }
    }
    return next(socket, address, length);
}
