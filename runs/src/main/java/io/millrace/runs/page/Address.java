package io.millrace.runs.page;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Which names a browser may reach the page by. A page of somebody else's may have its own name
 * point to this machine, and would then be let read what is served here as if it were its own ("DNS
 * rebinding"); it cannot make the browser send another name than that, and numbers are no names.
 */
final class Address {

  private static final Pattern NUMBERS =
      Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-f:.]+(%[0-9a-z.]+)?\\]");

  private Address() {}

  /**
   * True if a request may be answered.
   *
   * @param header the header {@code Host}, null if there is none
   * @param own a name that the user gave for this machine
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
