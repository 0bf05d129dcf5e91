// server/listener.h
//
// The listening socket, and the names of those who connect. Any thread.
#pragma once

#include <cstdint>
#include <string>

#include <sys/socket.h>

#include "core/file.h"
#include "server/options.h"

namespace carrel::server {

// Non-blocking, with a long queue. Errors: unavailable (says what to change).
FileDescriptor listen_on(const ListenAddress& address);
std::uint16_t port_of(int listener);

// Numeric; an IPv4 address that came in through an IPv6 socket is written as IPv4.
std::string address_text(const sockaddr_storage& name, socklen_t size);

// Raises the process's soft limit on descriptors as far as allowed towards `wanted`; what it is
// now.
std::size_t raise_descriptor_limit(std::size_t wanted);

}  // namespace carrel::server
