// address_digits: the IP address of a peer as people and programs write it: 127.0.0.1, ::1. Pure, any thread.
#pragma once

#include <sys/socket.h>

#include <string>

namespace jackfield::net {

/// Empty: it is none of IPv4 or IPv6.
std::string digits_of(const sockaddr_storage& address);

}  // namespace jackfield::net
