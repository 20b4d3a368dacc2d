#include <microhttpd.h>

// MHD_get_connection_info takes a variable argument list, which Swift cannot call.

/// The address that the other side has; NULL when there is none.
static inline const struct sockaddr *lunad_mhd_client(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info ? info->client_addr : NULL;
}

/// The connection's socket; -1 when it has none.
static inline int lunad_mhd_socket(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}
