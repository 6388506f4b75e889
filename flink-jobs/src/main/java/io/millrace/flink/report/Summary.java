package io.millrace.flink.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** What a run found, in sentences that are made from its figures alone. */
final class Summary {

  private final RunFiles files;
  private final Comparison comparison;
  private final List<Counts> counts;

  Summary(RunFiles files, Comparison comparison, List<Counts> counts) {
    this.files = files;
    this.comparison = comparison;
    this.counts = counts;
  }

  /** The finding that matters most comes first. */
  List<String> sentences() {
    List<String> sentences = new ArrayList<>();
    for (String arm : comparison.arms()) {
      if (!List.of("full", "modulo").contains(comparison.hash(arm))) {
        add(sentences, finding(arm));
      }
    }
    if (!comparison.isEmpty()) {
      sentences.add(extent());
    }
    counts.forEach(count -> add(sentences, count.sentence()));
    add(sentences, drift());
    if (sentences.isEmpty()) {
      sentences.add("This run directory holds no results yet.");
    }
    return sentences;
  }

  private String finding(String arm) {
    String base = comparison.baseOf(arm);
    String full = comparison.full();
    if (base == null) {
      return "";
    }
    Comparison.Figure ahead = comparison.difference(arm, base, WindowRow::auc);
    if (!ahead.known()) {
      return "";
    }
    String difference =
        Format.signed(ahead) + " AUC against " + base + ", last half of the windows";
    if (full == null) {
      return sentence(words(arm) + " reaches " + difference + bytes(arm, base));
    }
    double share = comparison.gapClosed(arm, base, full, 1, WindowRow::auc);
    String rows = "At " + Format.percent(comparison.rowShare(arm)) + " of the rows, ";
    if (!Double.isFinite(share)) {
      return sentence(
          rows
              + base
              + " is not behind "
              + full
              + ": there is no gap to close; "
              + words(arm)
              + " reaches "
              + difference);
    }
    String outcome =
        share < 0
            ? " falls behind " + base
            : " closes " + Format.percent(share) + " of the gap between " + base + " and " + full;
    return sentence(rows + words(arm) + outcome + " (" + difference + ")" + bytes(arm, full, base));
  }

  private String bytes(String arm, String... others) {
    double own = comparison.newest(arm, WindowRow::servingBytes);
    List<String> parts = new ArrayList<>();
    for (String other : others) {
      double bytes = comparison.newest(other, WindowRow::servingBytes);
      if (own > 0 && bytes > 0) {
        parts.add(Format.bytes(bytes) + " for " + other);
      }
    }
    return parts.isEmpty()
        ? ""
        : "; served from "
            + Format.bytes(own)
            + ", map included, against "
            + String.join(" and ", parts);
  }

  private String words(String arm) {
    return switch (comparison.hash(arm)) {
      case "learned" -> named("the learned hash", "learned", arm);
      case "hot-kept" -> named("keeping hot ids", "hot-kept", arm);
      case "two-level" -> named("the two-level map", "two-level", arm);
      default -> arm;
    };
  }

  private static String named(String words, String usual, String arm) {
    return arm.equals(usual) ? words : words + " “" + arm + "”";
  }

  private String extent() {
    List<Long> windows = comparison.windows();
    String times = Format.time(windows.get(0)) + " to " + Format.time(comparison.end()) + " UTC";
    return sentence(
        plural(comparison.arms().size(), "arm")
            + " learned from the same events in "
            + plural(windows.size(), "window")
            + ", "
            + times
            + ", "
            + plural(comparison.seeds(), "seed")
            + "; each prediction was made before its event was learned");
  }

  private String drift() {
    JsonNode worst = null;
    for (JsonNode line : files.drift()) {
      double psi = Json.number(line, "psi");
      if (psi >= 0 && (worst == null || psi > Json.number(worst, "psi"))) {
        worst = line;
      }
    }
    if (worst == null) {
      return "";
    }
    double psi = Json.number(worst, "psi");
    String grade = psi < .1 ? "no real change" : psi <= .25 ? "some change" : "strong change";
    return sentence(
        "Popularity of ids moved most in field "
            + Json.text(worst, "field")
            + " in the window from "
            + Format.time(Json.time(worst, "window_start"))
            + " (PSI "
            + Format.share(psi)
            + ", "
            + grade
            + ")");
  }

  private static String plural(int n, String noun) {
    return n + " " + noun + (n == 1 ? "" : "s");
  }

  private static String sentence(String text) {
    return Character.toUpperCase(text.charAt(0)) + text.substring(1) + ".";
  }

  private static void add(List<String> sentences, String sentence) {
    if (!sentence.isEmpty()) {
      sentences.add(sentence);
    }
  }
}
