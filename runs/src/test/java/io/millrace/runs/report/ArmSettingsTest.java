package io.millrace.runs.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.runs.verdict.ArmSettings;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class ArmSettingsTest {

  private static ArmSettings settings(String json) throws IOException {
    return new ArmSettings(new ObjectMapper().readTree(json));
  }

  // Law: what an arm does not share with the others is named, in sections below too.
  @Test
  void differencesAreNamed() throws IOException {
    ArmSettings settings =
        settings(
            """
            {"config": {
              "student": {"dim": 16, "bottom": [64], "table": {"lr": 0.05, "rule": "sgd"}},
              "arms": [
                {"name": "a", "student": {"dim": 16, "bottom": [64], "table": {"lr": 0.05, "rule": "sgd"}}},
                {"name": "b", "student": {"dim": 8, "bottom": [], "table": {"lr": 0.05, "rule": "adam"}}}]}}
            """);
    assertThat(settings.of("a")).isEmpty();
    assertThat(settings.of("b")).isEqualTo("dim 8, bottom [], table.rule adam");
    assertThat(settings.differ()).isTrue();
    assertThat(settings.of("c")).isEmpty();
  }

  // runs of earlier versions have no settings of arms
  @Test
  void olderRuns() throws IOException {
    assertThat(settings("{}").differ()).isFalse();
    assertThat(settings("{\"config\": {\"arms\": [{\"name\": \"a\"}]}}").differ()).isFalse();
  }
}
