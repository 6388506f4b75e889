package io.millrace.tests.lab;

import java.util.Arrays;
import java.util.Locale;

/** Means and spreads of figures over seeds, and how they are written. */
final class Figures {

  private Figures() {}

  static double mean(double[] values) {
    return Arrays.stream(values).average().orElse(Double.NaN);
  }

  /** Standard deviation over seeds; NaN for one seed. */
  static double deviation(double[] values) {
    double mean = mean(values);
    double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
    return values.length < 2 ? Double.NaN : Math.sqrt(squares / (values.length - 1));
  }

  static double[] less(double[] values, double[] others) {
    double[] differences = new double[values.length];
    Arrays.setAll(differences, i -> values[i] - others[i]);
    return differences;
  }

  /** {@code .7735}. */
  static String of(double value) {
    return text("%.4f", value).replaceFirst("^0", "");
  }

  static String mean4(double[] values) {
    return of(mean(values));
  }

  /** {@code +.0012 ± .0003}: mean and standard deviation over seeds. */
  static String change(double[] differences) {
    String mean = signed(mean(differences));
    return differences.length < 2 ? mean : mean + " ± " + of(deviation(differences));
  }

  /** {@code +.0012}; never {@code -.0000}. */
  static String signed(double value) {
    String text = text("%+.4f", value);
    return (text.equals("-0.0000") ? "+0.0000" : text).replaceFirst("0", "");
  }

  static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
