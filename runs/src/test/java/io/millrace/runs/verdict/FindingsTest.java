package io.millrace.runs.verdict;

import static io.millrace.runs.verdict.StoredRun.DAY;
import static io.millrace.runs.verdict.StoredRun.START;
import static io.millrace.runs.verdict.StoredRun.alert;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.runs.verdict.Finding.Severity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Law: what is abnormal is named once, with what to do, the most severe first. */
class FindingsTest {

  private static final long HOUR = DAY / 24;

  @Test
  void alertsOfOneEventAreOneIncident() throws IOException {
    List<JsonNode> alerts =
        List.of(
            alert(START + 30 * HOUR, "psi", "f2", .01, .31),
            alert(START + 2 * HOUR, "ne", "full", .80, .84),
            alert(START + 3 * HOUR, "ne", "two-level", .80, .88),
            alert(START + 3 * HOUR, "loss", "two-level", .40, .48),
            alert(START + 8 * HOUR, "teacher_ne", null, .80, .82));
    List<Incident> incidents = Incidents.of(alerts, DAY);
    assertThat(incidents).hasSize(2);
    Incident first = incidents.get(0);
    assertThat(first.begin()).isEqualTo(START + 2 * HOUR);
    assertThat(first.end()).isEqualTo(START + 8 * HOUR);
    assertThat(first.moved())
        .isEqualTo(
            "normalised entropy rose by up to 10 % in arms full, two-level;"
                + " the teacher's normalised entropy rose by 2.5 %");
    assertThat(first.severity()).isEqualTo(Severity.HIGH);
    assertThat(first.alerts()).hasSize(4);
    assertThat(incidents.get(1).moved())
        .isEqualTo("frequencies of ids changed (PSI up to 0.310) in field f2");
    assertThat(incidents.get(1).action()).contains("set hash.refresh to both");
  }

  @Test
  void manyFieldsAreCounted() throws IOException {
    List<JsonNode> alerts =
        List.of(
            alert(START, "new_traffic", "f1", .1, .2),
            alert(START, "new_traffic", "f2", .1, .3),
            alert(START, "new_traffic", "f10", .1, .15),
            alert(START, "new_traffic", "f3", .1, .15),
            alert(START, "new_traffic", "f7", .1, .15),
            alert(START, "loss", "full", .4, .6),
            alert(START, "label_rate", null, .2, .1));
    Incident incident = Incidents.of(alerts, DAY).get(0);
    assertThat(incident.moved())
        .isEqualTo(
            "the click rate fell from 20 % to 10 %;"
                + " views of new ids rose to as much as 30 % in fields f1, f2, f3, f7 and 1 more");
    assertThat(incident.action()).startsWith("Check that clicks are logged");
  }

  // alerts every five hours for three days are no single event
  @Test
  void anIncidentIsShorterThanAWindow() throws IOException {
    List<JsonNode> alerts = new ArrayList<>();
    for (int hour = 0; hour < 72; hour += 5) {
      alerts.add(alert(START + hour * HOUR, "ne", "arm" + hour, .8, .84));
    }
    List<Incident> incidents = Incidents.of(alerts, DAY);
    assertThat(incidents).extracting(incident -> incident.alerts().size()).containsExactly(5, 5, 5);
    assertThat(incidents).allMatch(incident -> incident.end() - incident.begin() < DAY);
  }

  @Test
  void alertsOfUnknownStreamsAreLeftOut() throws IOException {
    assertThat(Incidents.of(List.of(alert(START, "weather", null, 1, 2)), DAY)).isEmpty();
  }

  @Test
  void theMostSevereComesFirst(@TempDir Path dir) throws IOException {
    StoredRun run = new StoredRun(dir).arm("two", "two-level");
    run.window("two", 0, 0, .7, 1_000);
    run.write(
        "counts.jsonl",
        "{\"complete\":true,\"read\":1000,\"trained\":978,\"late_trained\":0,\"dropped_late\":2,"
            + "\"rejected\":20,\"rejects\":{\"bad_time\":20},\"lost\":0,\"seconds\":{}}");
    run.write(
        "warnings.jsonl",
        "{\"kind\":\"idle_partition\",\"time\":1,\"place\":\"p\",\"message\":\"partition 1 is idle\"}\n"
            + "{\"kind\":\"live\",\"time\":1,\"place\":\"p\",\"message\":\"it is live\"}");
    run.write("alerts.jsonl", alert(START + HOUR, "ne", "two", .8, .82).toString());
    List<Finding> findings = run.briefing().findings();
    assertThat(findings).extracting(Finding::severity).isSorted();
    assertThat(findings)
        .extracting(Finding::text)
        .containsExactly(
            "20 of 1,000 events (2 %) were rejected, most of them as bad time.",
            "Partition 1 is idle.",
            "At 2024-01-01 01:00, normalised entropy rose by 2.5 % in arm two.",
            "2 of 1,000 events (0.2 %) were dropped, as their windows had closed.");
  }

  @Test
  void wrongCalibrationOfTheArmToServe(@TempDir Path dir) throws IOException {
    StoredRun run = new StoredRun(dir).arm("two", "two-level");
    run.window("two", 0, 0, .7, 1_000);
    assertThat(run.briefing().findings()).isEmpty();
    Briefing briefing = run.briefing();
    run.write(
        "metrics.jsonl",
        Files.readString(dir.resolve("metrics.jsonl"))
            .replace("\"calibration\":1.01", "\"calibration\":1.3"));
    assertThat(Briefing.of(dir, "runs/a").findings())
        .extracting(Finding::text)
        .containsExactly("Predictions of two are 30 % too high on average.");
    assertThat(briefing.text()).doesNotContain("abnormal");
  }

  // an incident of another day does not hide that fields drift now
  @Test
  void fieldsThatDriftAreOneFinding(@TempDir Path dir) throws IOException {
    StoredRun run = new StoredRun(dir).arm("two", "two-level");
    run.window("two", 0, 0, .7, 1_000);
    run.write("alerts.jsonl", alert(START + HOUR, "ne", "two", .8, .82).toString());
    StringBuilder lines = new StringBuilder();
    for (String psi : List.of("f1,.01", "f2,.3", "f3,.1")) {
      String[] field = psi.split(",", -1);
      lines.append(
          "{\"field\":\"%s\",\"window_start\":%d,\"seed\":0,\"psi\":0%s,\"psi_limit\":0.05}%n"
              .formatted(field[0], START, field[1]));
    }
    run.write("drift.jsonl", lines.toString());
    assertThat(run.briefing().findings())
        .extracting(Finding::text)
        .hasSize(2)
        .contains(
            "In the newest window the frequencies of ids changed more than usual in field f2"
                + " (PSI 0.300, usual is up to 0.050) and less in 1 more.");
  }

  @Test
  void zeroHasNoSign() {
    assertThat(Format.signed(-.00004)).isEqualTo("0.0000");
    assertThat(Format.signed(.00004)).isEqualTo("0.0000");
    assertThat(Format.signed(-.00006)).isEqualTo("−0.0001");
  }
}
