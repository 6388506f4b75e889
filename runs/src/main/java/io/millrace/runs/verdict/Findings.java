package io.millrace.runs.verdict;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.event.Warning;
import io.millrace.runs.line.DriftColumns;
import io.millrace.runs.line.MetricColumns;
import io.millrace.runs.line.WarningColumns;
import io.millrace.runs.verdict.Finding.Severity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What is not as it should be in a run, the most severe first; page, report and terminal share it.
 */
public final class Findings {

  /** Share of rejected or dropped events that makes results wrong. */
  private static final double MANY = .01;

  /** Mean prediction over click rate that is well calibrated, and the limit of a bad one. */
  private static final double CALIBRATED = .05;

  private static final double MISCALIBRATED = .2;

  private final RunData files;
  private final Comparison comparison;
  private final List<Finding> findings = new ArrayList<>();

  private Findings(RunData files, Comparison comparison) {
    this.files = files;
    this.comparison = comparison;
  }

  /**
   * The findings.
   *
   * @param verdict the verdict on the run, whose arm is looked at
   * @param incidents the alerts of the run, grouped
   */
  public static List<Finding> of(
      RunData files,
      Comparison comparison,
      Drift drift,
      Verdict verdict,
      List<Incident> incidents) {
    Findings all = new Findings(files, comparison);
    all.totals(Totals.of(files.counts()));
    all.leftOut();
    all.calibration(verdict.arm());
    all.warnings();
    incidents.forEach(all::incident);
    all.drift(drift);
    return all.findings.stream().sorted(Comparator.comparing(Finding::severity)).toList();
  }

  private void add(Severity severity, String text, String action) {
    findings.add(new Finding(severity, text, action));
  }

  private void totals(Totals totals) {
    if (totals == null) {
      return;
    }
    if (totals.complete() && !totals.balanced()) {
      add(Severity.HIGH, "Events do not add up: " + totals.identity() + ".", "Report this error.");
    }
    if (totals.lost() > 0) {
      add(
          Severity.HIGH,
          "%s events were lost: Kafka had deleted them before they were read."
              .formatted(Format.count(totals.lost())),
          "Raise the retention of the topic, or the rate of the job.");
    }
    part(
        totals.rejected(),
        totals.read(),
        "rejected, most of them as " + mostOf(totals.rejects()),
        "rejects.jsonl has each with its reason; millrace check proposes settings.");
    part(
        totals.droppedLate(),
        totals.read(),
        "dropped, as their windows had closed",
        "Raise windows.lateness, or let windows.late train on them.");
  }

  private void part(double n, double of, String what, String action) {
    if (n > 0) {
      add(
          n >= MANY * of ? Severity.HIGH : Severity.LOW,
          "%s of %s events (%s) were %s."
              .formatted(Format.count(n), Format.count(of), Format.percent(n / of), what),
          action);
    }
  }

  private static String mostOf(Map<String, Double> reasons) {
    return reasons.entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey)
        .orElse("unknown")
        .replace('_', ' ');
  }

  private void leftOut() {
    List<String> sentences = comparison.leftOut();
    if (!sentences.isEmpty()) {
      int more = sentences.size() - 1;
      add(
          Severity.HIGH,
          "Arm %s%s."
              .formatted(
                  sentences.get(0),
                  more == 0
                      ? ""
                      : "; so have %,d other %s".formatted(more, more == 1 ? "arm" : "arms")),
          "Look for dense values out of scale (schema.dense[].transform and scale).");
    }
  }

  private void calibration(String arm) {
    if (arm == null) {
      return;
    }
    double off = comparison.late(arm, MetricColumns.CALIBRATION).mean() - 1;
    if (Math.abs(off) > CALIBRATED) {
      add(
          Math.abs(off) > MISCALIBRATED ? Severity.HIGH : Severity.MEDIUM,
          "Predictions of %s are %s too %s on average."
              .formatted(arm, Format.percent(Math.abs(off)), off > 0 ? "high" : "low"),
          "If the click rate is stable, learn at a lower rate (student.dense.lr); if it moves, the"
              + " model follows it.");
    }
  }

  /** A finding for each kind of warning, with the newest message; its sentence says what helps. */
  private void warnings() {
    Map<String, List<JsonNode>> kinds = new LinkedHashMap<>();
    for (JsonNode line : files.warnings()) {
      if (!note(line)) {
        kinds
            .computeIfAbsent(WarningColumns.KIND.textIn(line), kind -> new ArrayList<>())
            .add(line);
      }
    }
    kinds.forEach(
        (kind, lines) ->
            add(
                Severity.MEDIUM,
                sentence(WarningColumns.MESSAGE.textIn(lines.get(lines.size() - 1)))
                    + (lines.size() > 1 ? " (%,d times.)".formatted(lines.size()) : ""),
                ""));
  }

  private static boolean note(JsonNode line) {
    String kind = WarningColumns.KIND.textIn(line).toUpperCase(Locale.ROOT);
    for (Warning.Kind known : Warning.Kind.values()) {
      if (known.name().equals(kind)) {
        return known.note();
      }
    }
    return false;
  }

  private static String sentence(String text) {
    String first =
        text.isEmpty() ? text : Character.toUpperCase(text.charAt(0)) + text.substring(1);
    return first.endsWith(".") ? first : first + ".";
  }

  private void incident(Incident incident) {
    String when =
        incident.begin() == incident.end()
            ? "At " + Format.time(incident.begin())
            : "From %s to %s".formatted(Format.time(incident.begin()), Format.time(incident.end()));
    add(incident.severity(), when + ", " + incident.moved() + ".", incident.action());
  }

  /** The fields that drift in the newest window. */
  private void drift(Drift drift) {
    if (drift.windows().isEmpty()) {
      return;
    }
    long newest = drift.windows().get(drift.windows().size() - 1);
    List<String> fields =
        Stream.concat(drift.compressed().stream(), drift.others().stream())
            .filter(field -> drift.drifts(field, newest))
            .sorted(
                Comparator.comparingDouble(field -> -drift.value(field, newest, DriftColumns.PSI)))
            .toList();
    if (fields.isEmpty()) {
      return;
    }
    String most = fields.get(0);
    add(
        Severity.LOW,
        "In the newest window the frequencies of ids changed more than usual in field %s (PSI %s, usual is up to %s)%s."
            .formatted(
                most,
                Format.share(drift.value(most, newest, DriftColumns.PSI)),
                Format.share(drift.value(most, newest, DriftColumns.PSI_LIMIT)),
                fields.size() > 1 ? " and less in %,d more".formatted(fields.size() - 1) : ""),
        "Maps of the next window follow it; with hash.refresh set to both, maps follow sooner.");
  }
}
