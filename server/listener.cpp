#include "server/listener.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include <netdb.h>
#include <netinet/in.h>
#include <sys/resource.h>

#include "core/error.h"

namespace carrel::server {

namespace {
constexpr int kBacklog = 1024;
}

FileDescriptor listen_on(const ListenAddress& address) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error =
      getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  if (error != 0)
    throw Error(ErrorCode::unavailable, "cannot listen on " + address.host + ": " +
                                            gai_strerror(error) + "; check server.listen");
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
  FileDescriptor fd(::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int one = 1;
  if (fd) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (!fd || ::bind(fd.get(), found->ai_addr, found->ai_addrlen) != 0 ||
      ::listen(fd.get(), kBacklog) != 0)
    throw Error(ErrorCode::unavailable,
                "cannot listen on " + address.host + ":" + std::to_string(address.port) + ": " +
                    std::strerror(errno) + "; choose another with server.listen or --listen");
  return fd;
}

std::uint16_t port_of(int listener) {
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&name), &size);
  return name.ss_family == AF_INET6 ? ntohs(reinterpret_cast<const sockaddr_in6*>(&name)->sin6_port)
                                    : ntohs(reinterpret_cast<const sockaddr_in*>(&name)->sin_port);
}

std::string address_text(const sockaddr_storage& name, socklen_t size) {
  std::array<char, 64> text{};
  ::getnameinfo(reinterpret_cast<const sockaddr*>(&name), size, text.data(), text.size(), nullptr,
                0, NI_NUMERICHOST);
  constexpr std::string_view mapped = "::ffff:";
  const std::string_view out = text.data();
  return std::string(out.starts_with(mapped) && out.find('.') != std::string_view::npos
                         ? out.substr(mapped.size())
                         : out);
}

std::size_t raise_descriptor_limit(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  if (limit.rlim_cur < wanted) {
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, wanted);
    ::setrlimit(RLIMIT_NOFILE, &limit);
    ::getrlimit(RLIMIT_NOFILE, &limit);
  }
  return static_cast<std::size_t>(limit.rlim_cur);
}

}  // namespace carrel::server
