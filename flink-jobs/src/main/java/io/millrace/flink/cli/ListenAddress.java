package io.millrace.flink.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.UnknownHostException;

/** Where a command listens. */
final class ListenAddress {

  private ListenAddress() {}

  /**
   * The address that {@code --host} means.
   *
   * @throws IOException if it is none of this machine's
   */
  static InetAddress of(String host) throws IOException {
    if (host.equals("localhost")) {
      return InetAddress.getLoopbackAddress();
    }
    try {
      InetAddress address = InetAddress.getByName(host);
      if (address.isAnyLocalAddress() || NetworkInterface.getByInetAddress(address) != null) {
        return address;
      }
    } catch (UnknownHostException e) {
      throw new IOException(notOurs(host), e);
    }
    throw new IOException(notOurs(host));
  }

  private static String notOurs(String host) {
    return "--host must be an address of this machine but was '" + host + "'";
  }
}
