package io.millrace.runs.page;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The host names under which a browser may open the page. A foreign page can let its own host name
 * point to this machine, and could then read what is served here ("DNS rebinding"). But its browser
 * sends that name with each request, so requests under unknown names are refused. IP addresses are
 * safe, as no name points to them.
 */
final class Address {

  private static final Pattern NUMBERS =
      Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-f:.]+(%[0-9a-z.]+)?\\]");

  private Address() {}

  /**
   * True if a request may be answered.
   *
   * @param header the header {@code Host}, null if there is none
   * @param own the name that the user gave for this machine
   */
  static boolean isOurs(String header, String own) {
    if (header == null) {
      return false;
    }
    String host = header.toLowerCase(Locale.ROOT).replaceFirst(":\\d*$", "");
    return host.equals("localhost")
        || host.equals(own.toLowerCase(Locale.ROOT))
        || NUMBERS.matcher(host).matches();
  }
}
