// Asks one HTTP/1.1 server on 127.0.0.1, over keep-alive connections, and prints what came back as one JSON object.
//
//   fixedrate -p PORT -c CONNECTIONS -d SECONDS [-r RATE] [-m METHOD] [-H HEADER]... [-b BODY] [-g SECONDS] PATH
//
// With -r, requests are due at fixed times, RATE a second, whatever the answers do, and the latency of each counts from
// the moment it was due: a server that stalls for a second is charged with every request that fell into that second
// ("no coordinated omission", the method of wrk2). A request that finds all connections busy waits for one, and its
// clock runs. Without -r, each connection asks again as soon as it is answered.
//
// After the last request is due, answers may come for -g seconds more (5 unless told); what is still open then counts
// as an error, with the time it waited. Latencies are in microseconds.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { HEAD_ROOM = 64 * 1024, STATUSES = 600 };

struct connection {
    int socket;       // -1: to be opened
    int busy;         // a request is out, or waits to be sent
    int64_t due;      // when its request was due, ns
    size_t sent;      // bytes of the request
    size_t head;      // bytes of the head that have come, 0...HEAD_ROOM
    int in_body;      // the head is complete
    int64_t missing;  // bytes of the body
    int closes;       // the server will close
    int status;
    char *buffer;
};

static struct sockaddr_in address;
static char *request;
static size_t request_size;
static int poller;
static int64_t answered, errors, by_status[STATUSES];
static uint32_t *latencies;
static size_t latency_count, latency_room;
static uint64_t bytes_in;

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void *checked(void *memory) {
    if (!memory) {
        fprintf(stderr, "out of memory\n");
        exit(1);
    }
    return memory;
}

static void record(int64_t due) {
    if (latency_count == latency_room) {
        latency_room = latency_room ? 2 * latency_room : 65536;
        latencies = checked(realloc(latencies, latency_room * sizeof *latencies));
    }
    int64_t microseconds = (now() - due) / 1000;
    latencies[latency_count++] = microseconds < UINT32_MAX ? (uint32_t)microseconds : UINT32_MAX;
}

static void fail(struct connection *connection) {
    if (connection->socket >= 0) close(connection->socket);
    connection->socket = -1;
    if (connection->busy) {
        errors++;
        record(connection->due);
    }
    connection->busy = 0;
}

static int start(struct connection *connection) {
    connection->socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connection->socket < 0) return 0;
    int one = 1;
    setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(connection->socket, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS) return 0;
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = connection};
    return epoll_ctl(poller, EPOLL_CTL_ADD, connection->socket, &event) == 0;
}

// Sends what is left of the request; a full socket or an open handshake is continued by epoll.
static void push(struct connection *connection) {
    while (connection->busy && connection->sent < request_size) {
        ssize_t count =
            send(connection->socket, request + connection->sent, request_size - connection->sent, MSG_NOSIGNAL);
        if (count < 0) {
            if (errno != EAGAIN && errno != ENOTCONN) fail(connection);
            return;
        }
        connection->sent += (size_t)count;
    }
}

static void ask(struct connection *connection, int64_t due) {
    connection->busy = 1;
    connection->due = due;
    connection->sent = connection->head = 0;
    connection->in_body = connection->status = connection->closes = 0;
    connection->missing = 0;
    if (connection->socket < 0 && !start(connection)) {
        fail(connection);
        return;
    }
    push(connection);
}

// Reads status, Content-Length and Connection. 0: more is needed, -1: this is no answer we can read.
static int read_head(struct connection *connection) {
    char *end = memmem(connection->buffer, connection->head, "\r\n\r\n", 4);
    if (!end) return connection->head == HEAD_ROOM ? -1 : 0;
    size_t size = (size_t)(end - connection->buffer) + 4;
    end[2] = 0;
    if (sscanf(connection->buffer, "HTTP/1.%*c %3d", &connection->status) != 1) return -1;
    int64_t length = connection->status == 204 || connection->status == 304 ? 0 : -1;
    for (char *line = strstr(connection->buffer, "\r\n"); line && line[2]; line = strstr(line + 2, "\r\n")) {
        char *field = line + 2;
        if (!strncasecmp(field, "content-length:", 15)) length = strtoll(field + 15, NULL, 10);
        if (!strncasecmp(field, "connection:", 11)) {
            char *value = field + 11;
            while (isblank((unsigned char)*value)) value++;
            if (!strncasecmp(value, "close", 5)) connection->closes = 1;
        }
    }
    if (length < 0 || connection->status < 200 || connection->status >= STATUSES) return -1;
    connection->in_body = 1;
    connection->missing = length - (int64_t)(connection->head - size);
    return 1;
}

// Takes what has come. True when the connection is free again.
static int pull(struct connection *connection) {
    static char body[256 * 1024];
    while (connection->socket >= 0) {
        char *target = connection->in_body ? body : connection->buffer + connection->head;
        size_t room = connection->in_body ? sizeof body : HEAD_ROOM - connection->head;
        ssize_t count = recv(connection->socket, target, room, 0);
        if (count < 0 && errno == EAGAIN) return 0;
        if (count <= 0 || !connection->busy) {
            fail(connection);
            return 1;
        }
        bytes_in += (uint64_t)count;
        if (connection->in_body) {
            connection->missing -= count;
        } else {
            connection->head += (size_t)count;
            int outcome = read_head(connection);
            if (outcome < 0) {
                fail(connection);
                return 1;
            }
            if (outcome == 0) continue;
        }
        if (connection->missing > 0) continue;
        if (connection->missing < 0) {  // more than was announced
            fail(connection);
            return 1;
        }
        answered++;
        by_status[connection->status]++;
        record(connection->due);
        connection->busy = 0;
        if (connection->closes) fail(connection);
        return 1;
    }
    return 1;
}

static int ascending(const void *left, const void *right) {
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static uint32_t percentile(double share) {
    if (!latency_count) return 0;
    size_t index = (size_t)(share * (double)latency_count);
    return latencies[index < latency_count ? index : latency_count - 1];
}

int main(int count, char **arguments) {
    int port = 0, connection_count = 1;
    double seconds = 1, rate = 0, grace = 5;
    const char *method = "GET", *body = "";
    char headers[16 * 1024] = "";
    for (int option; (option = getopt(count, arguments, "p:c:d:r:m:H:b:g:")) != -1;) {
        switch (option) {
        case 'p': port = atoi(optarg); break;
        case 'c': connection_count = atoi(optarg); break;
        case 'd': seconds = atof(optarg); break;
        case 'r': rate = atof(optarg); break;
        case 'm': method = optarg; break;
        case 'b': body = optarg; break;
        case 'g': grace = atof(optarg); break;
        case 'H':
            if (strlen(headers) + strlen(optarg) + 3 > sizeof headers) return 2;
            strcat(strcat(headers, optarg), "\r\n");
            break;
        default: return 2;
        }
    }
    if (optind != count - 1 || port <= 0 || port > 65535 || connection_count < 1 || seconds <= 0 || rate < 0) {
        fprintf(stderr, "usage: fixedrate -p PORT -c CONNECTIONS -d SECONDS [-r RATE] [-m METHOD] [-H HEADER]... "
                        "[-b BODY] [-g SECONDS] PATH\n");
        return 2;
    }
    // The one who measures must not be the one who waits for a core; where this is not allowed, it does without.
    if (rate > 0) setpriority(PRIO_PROCESS, 0, -10);

    if (asprintf(&request, "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s", method, arguments[optind], port, headers) < 0)
        return 1;
    char *whole;
    int size = *body ? asprintf(&whole, "%sContent-Length: %zu\r\n\r\n%s", request, strlen(body), body)
                     : asprintf(&whole, "%s\r\n", request);
    if (size < 0) return 1;
    request = whole;
    request_size = (size_t)size;
    address = (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    poller = epoll_create1(EPOLL_CLOEXEC);
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (poller < 0 || timer < 0) return 1;
    struct epoll_event tick = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(poller, EPOLL_CTL_ADD, timer, &tick);
    struct connection *all = checked(calloc((size_t)connection_count, sizeof *all));
    struct connection **idle = checked(calloc((size_t)connection_count, sizeof *idle));
    int idle_count = 0;
    for (int index = 0; index < connection_count; index++) {
        all[index].socket = -1;
        all[index].buffer = checked(malloc(HEAD_ROOM));
        idle[idle_count++] = &all[index];
    }

    int64_t begin = now(), end = begin + (int64_t)(seconds * 1e9), limit = end + (int64_t)(grace * 1e9);
    int64_t total = rate > 0 ? (int64_t)(seconds * rate) : INT64_MAX, next = 0, last_answer = begin;
    for (;;) {
        int64_t time = now();
        if (time >= limit || (idle_count == connection_count && (next >= total || (rate == 0 && time >= end)))) break;
        while (idle_count && next < total && (rate > 0 || time < end)) {
            int64_t due = rate > 0 ? begin + (int64_t)((double)next * 1e9 / rate) : now();
            if (due > time && rate > 0) break;
            struct connection *connection = idle[--idle_count];
            next++;
            ask(connection, due);
            if (!connection->busy) {  // refused at once
                idle[idle_count++] = connection;
                if (rate == 0) break;
            }
        }
        int64_t wake = limit;
        if (rate > 0 && idle_count && next < total) wake = begin + (int64_t)((double)next * 1e9 / rate);
        if (rate == 0 && time < end) wake = idle_count ? time + 1000000 : end;
        if (wake <= time) wake = time + 1;
        struct itimerspec alarm = {.it_value = {.tv_sec = wake / 1000000000, .tv_nsec = wake % 1000000000}};
        timerfd_settime(timer, TFD_TIMER_ABSTIME, &alarm, NULL);
        struct epoll_event events[256];
        int ready = epoll_wait(poller, events, 256, -1);
        for (int index = 0; index < ready; index++) {
            struct connection *connection = events[index].data.ptr;
            if (!connection) {
                uint64_t expirations;
                if (read(timer, &expirations, sizeof expirations) < 0 && errno != EAGAIN) return 1;
                continue;
            }
            int was_busy = connection->busy;
            if (events[index].events & (EPOLLOUT | EPOLLERR)) push(connection);
            if (connection->busy || connection->socket >= 0) pull(connection);
            if (was_busy && !connection->busy) {
                idle[idle_count++] = connection;
                last_answer = now();
            }
        }
    }
    // What is still open has failed, and in an open loop also what never got a connection.
    for (int index = 0; index < connection_count; index++)
        if (all[index].busy) fail(&all[index]);
    for (; rate > 0 && next < total; next++) {
        errors++;
        record(begin + (int64_t)((double)next * 1e9 / rate));
    }

    qsort(latencies, latency_count, sizeof *latencies, ascending);
    double elapsed = (double)(last_answer - begin) / 1e9;
    printf("{\"answered\": %lld, \"errors\": %lld, \"seconds\": %.4f, \"bytes\": %llu, \"p50\": %u, \"p99\": %u, "
           "\"p999\": %u, \"max\": %u, \"status\": {",
           (long long)answered, (long long)errors, elapsed, (unsigned long long)bytes_in, percentile(0.5),
           percentile(0.99), percentile(0.999), latency_count ? latencies[latency_count - 1] : 0);
    const char *separator = "";
    for (int status = 0; status < STATUSES; status++) {
        if (!by_status[status]) continue;
        printf("%s\"%d\": %lld", separator, status, (long long)by_status[status]);
        separator = ", ";
    }
    printf("}}\n");
    return 0;
}
