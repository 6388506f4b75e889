package io.millrace.flink.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.UnknownHostException;
import picocli.CommandLine.Option;

/** The option {@code --host} of commands that listen, and the rule for their ports. */
final class ListenOptions {

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      defaultValue = "localhost",
      description =
          "address to listen on; 0.0.0.0 means all addresses, open to anyone who can reach this"
              + " machine")
  private String host;

  /** The address as the user wrote it. */
  String host() {
    return host;
  }

  /**
   * The address that {@code --host} names.
   *
   * @throws IOException if this machine has no such address
   */
  InetAddress address() throws IOException {
    if (host.equals("localhost")) {
      return InetAddress.getLoopbackAddress();
    }
    try {
      InetAddress address = InetAddress.getByName(host);
      if (address.isAnyLocalAddress() || NetworkInterface.getByInetAddress(address) != null) {
        return address;
      }
    } catch (UnknownHostException e) {
      throw new IOException(notOurs(), e);
    }
    throw new IOException(notOurs());
  }

  private String notOurs() {
    return "--host must be an address of this machine but was '" + host + "'";
  }

  /**
   * Checks a TCP port; 0 stands for any free one.
   *
   * @throws IllegalArgumentException naming the option, if the port is out of range
   */
  static void checkPort(String option, int port) {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException(option + " must be in 0..65535 but was " + port);
    }
  }
}
