package io.millrace.runs.verdict;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.runs.line.MetricColumns;
import io.millrace.runs.line.WatchColumns;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * What one wants to know of a run first: which arm to serve, what is abnormal, and what to do.
 *
 * @param verdict which arm to serve
 * @param findings what is abnormal, the most severe first
 * @param incidents alerts, grouped, ascending in time
 * @param gains of each arm over its plain hash
 */
public record Briefing(
    Verdict verdict, List<Finding> findings, List<Incident> incidents, List<Gain> gains) {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  /**
   * An arm against the plain hash that it is compared with ({@link Comparison#baseOf}), as text.
   *
   * @param against the plain hash; a dash for none
   */
  public record Gain(String arm, String auc, String ne, String against) {

    /** Of an arm. */
    public static Gain of(Comparison comparison, String arm) {
      Comparison.Base base = comparison.baseOf(arm);
      return base == null
          ? new Gain(arm, Format.NONE, Format.NONE, Format.NONE)
          : new Gain(
              arm,
              Format.signed(comparison.difference(arm, base.arm(), MetricColumns.AUC)),
              Format.signed(comparison.difference(arm, base.arm(), MetricColumns.NE)),
              base.text());
    }
  }

  /** Most findings that a terminal shows. */
  private static final int SHOWN = 3;

  /**
   * Reads a run.
   *
   * @param runDir an existing directory
   * @param place the run directory as a user writes it, for commands
   */
  public static Briefing of(Path runDir, String place) throws IOException {
    RunData files = RunData.read(runDir, place);
    return of(files, new Comparison(files), new Drift(files.drift()));
  }

  /** Of a run that has been read. */
  public static Briefing of(RunData files, Comparison comparison, Drift drift) {
    Verdict verdict = Verdict.of(files, comparison);
    List<Incident> incidents = Incidents.of(files.alerts(), windowMs(files));
    return new Briefing(
        verdict,
        Findings.of(files, comparison, drift, verdict, incidents),
        incidents,
        comparison.arms().stream().map(arm -> Gain.of(comparison, arm)).toList());
  }

  private static long windowMs(RunData files) {
    for (JsonNode line : files.metrics()) {
      return MetricColumns.END.wholeIn(line) - MetricColumns.START.wholeIn(line);
    }
    return 86_400_000;
  }

  /** For a terminal: lines in ASCII with line breaks, the first findings only. */
  public String text() {
    StringBuilder text = new StringBuilder("verdict: " + verdict.sentence() + "\n");
    if (!verdict.command().isEmpty()) {
      text.append("serve it: ").append(verdict.command()).append('\n');
    }
    for (Finding finding : findings.subList(0, Math.min(SHOWN, findings.size()))) {
      text.append("abnormal (")
          .append(finding.severity().name().toLowerCase(Locale.ROOT))
          .append("): ")
          .append(finding.line())
          .append('\n');
    }
    int more = findings.size() - SHOWN;
    if (more > 0) {
      text.append("and %,d more in the report%n".formatted(more));
    }
    return Format.ascii(text.toString());
  }

  /** For the page. */
  public ObjectNode json() {
    ObjectNode json = MAPPER.createObjectNode();
    json.put("arm", verdict.arm());
    json.put("sentence", verdict.sentence());
    json.put("command", verdict.command());
    ObjectNode arms = json.putObject("arms");
    for (Gain gain : gains) {
      arms.putObject(gain.arm())
          .put("auc", gain.auc())
          .put("ne", gain.ne())
          .put("against", gain.against());
    }
    ArrayNode found = json.putArray("findings");
    for (Finding finding : findings) {
      found
          .addObject()
          .put("severity", finding.severity().name().toLowerCase(Locale.ROOT))
          .put("text", finding.text())
          .put("action", finding.action());
    }
    ArrayNode grouped = json.putArray("incidents");
    for (Incident incident : incidents) {
      grouped
          .addObject()
          .put("begin", incident.begin())
          .put("end", incident.end())
          .put("severity", incident.severity().name().toLowerCase(Locale.ROOT))
          .put("moved", incident.moved())
          .put("action", incident.action())
          .put("alerts", incident.alerts().size())
          .put("stream", stream(incident.alerts().get(0)));
    }
    return json;
  }

  /** The stream of an alert, as the page names it: kind, field and arm, of which some are empty. */
  private static String stream(JsonNode alert) {
    return String.join(
        "|",
        WatchColumns.STREAM.textIn(alert),
        WatchColumns.FIELD.textIn(alert),
        WatchColumns.ARM.textIn(alert));
  }
}
