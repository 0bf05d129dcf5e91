// The answer of /healthz from cpp-httplib's own server, as its users write it: what bench/http.sh
// measures ours beside. http_peer PORT
#include <cstdlib>

#include <httplib.h>

int main(int argc, char** argv) {
  httplib::Server server;
  server.set_tcp_nodelay(true);
  server.set_keep_alive_max_count(1'000'000);
  server.Get("/healthz", [](const httplib::Request&, httplib::Response& response) {
    response.set_content("{\"status\":\"ok\"}", "application/json");
  });
  return argc == 2 && server.listen("127.0.0.1", std::atoi(argv[1])) ? 0 : 1;
}
