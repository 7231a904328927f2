// Asks a server on 127.0.0.1 over TLS 1.3, each request on a new connection with a full handshake, and prints what came
// back as one JSON object.
//
//   connections -p PORT -c CLIENTS -d SECONDS PATH
//
// Each client is a thread that opens a connection, asks with `Connection: close`, reads to the end, and does it again.
// No session is ever offered, and a connection counts only if the server resumed none all the same, spoke TLS 1.3,
// showed a certificate with a key on P-256, answered with 200 and ended TLS in order. wrk would offer the session of
// its last connection, and a server that hands out tickets would resume it. Latencies are in microseconds, from connect
// to the end of the answer.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LATENCIES = 1 << 20 };

static struct sockaddr_in address;
static char request[4096];
static SSL_CTX *context;
static int64_t end;
static atomic_long answered, refused, errors, resumed, bytes_in;
static uint32_t latencies[LATENCIES];

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int is_as_agreed(SSL *tls) {
    X509 *certificate = SSL_get0_peer_certificate(tls);
    char curve[32] = "";
    if (!certificate || SSL_version(tls) != TLS1_3_VERSION) return 0;
    EVP_PKEY_get_group_name(X509_get0_pubkey(certificate), curve, sizeof curve, NULL);
    return strcmp(curve, "prime256v1") == 0;
}

/// The status that was answered; 0 where there was none.
static int ask(SSL *tls) {
    char buffer[16384], head[13] = "";
    size_t size = 0;
    if (SSL_connect(tls) != 1) return 0;
    if (SSL_session_reused(tls)) {
        resumed++;
        return 0;
    }
    if (!is_as_agreed(tls) || SSL_write(tls, request, (int)strlen(request)) <= 0) return 0;
    for (int count; (count = SSL_read(tls, buffer, sizeof buffer)) > 0; size += (size_t)count) {
        for (int i = 0; i < count && size + (size_t)i < 12; i++) head[size + (size_t)i] = buffer[i];
    }
    bytes_in += (long)size;
    // A connection that just ends could have lost the end of the answer.
    if (!(SSL_get_shutdown(tls) & SSL_RECEIVED_SHUTDOWN)) return 0;
    return strncmp(head, "HTTP/1.1 ", 9) == 0 ? atoi(head + 9) : 0;
}

static void *work(void *unused) {
    while (now() < end) {
        int64_t began = now();
        int stream = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), status = 0, one = 1;
        struct timeval patience = {.tv_sec = 10};
        setsockopt(stream, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        setsockopt(stream, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        if (connect(stream, (struct sockaddr *)&address, sizeof address) == 0) {
            SSL *tls = SSL_new(context);
            SSL_set_fd(tls, stream);
            status = ask(tls);
            SSL_free(tls);
        }
        close(stream);
        if (status == 200) {
            long number = answered++;
            if (number < LATENCIES) latencies[number] = (uint32_t)((now() - began) / 1000);
        } else if (status) {
            refused++;
        } else {
            errors++;
        }
    }
    return unused;
}

static int compare(const void *left, const void *right) {
    uint32_t one = *(const uint32_t *)left, other = *(const uint32_t *)right;
    return (one > other) - (one < other);
}

int main(int count, char **arguments) {
    int port = 0, clients = 1, option;
    double seconds = 1;
    while ((option = getopt(count, arguments, "p:c:d:")) != -1) {
        if (option == 'p') port = atoi(optarg);
        else if (option == 'c') clients = atoi(optarg);
        else if (option == 'd') seconds = atof(optarg);
        else return 2;
    }
    if (optind != count - 1 || clients < 1 || clients > 1000) {
        fprintf(stderr, "connections -p PORT -c CLIENTS -d SECONDS PATH\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n",
             arguments[optind], port);
    context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);

    int64_t began = now();
    end = began + (int64_t)(seconds * 1e9);
    pthread_t threads[1000];
    for (int i = 0; i < clients; i++) pthread_create(&threads[i], NULL, work, NULL);
    for (int i = 0; i < clients; i++) pthread_join(threads[i], NULL);
    double took = (double)(now() - began) / 1e9;

    size_t known = answered < LATENCIES ? (size_t)answered : LATENCIES;
    qsort(latencies, known, sizeof *latencies, compare);
    printf("{\"seconds\": %.6f, \"answered\": %ld, \"refused\": %ld, \"errors\": %ld, \"resumed\": %ld, "
           "\"bytes\": %ld, \"p50\": %u, \"p99\": %u, \"max\": %u}\n",
           took, answered, refused, errors, resumed, bytes_in, known ? latencies[known / 2] : 0,
           known ? latencies[known * 99 / 100] : 0, known ? latencies[known - 1] : 0);
    return 0;
}
