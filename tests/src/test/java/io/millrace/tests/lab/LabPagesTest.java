package io.millrace.tests.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.tests.Commands;
import io.millrace.tests.ProjectRoot;
import io.millrace.tests.SmallStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Laws of the pages of {@code docs/lab}, and one tiny figure. */
class LabPagesTest {

  private static final Path DOCS = ProjectRoot.find().resolve("docs");

  @TempDir Path folder;

  // Law: what stands between the marks of a page is what its json says, every chart is there, and
  // docs/results.md leads to the page
  @Test
  void everyPageIsCurrent() throws IOException {
    String results = Files.readString(DOCS.resolve("results.md"));
    List<Path> figures;
    try (Stream<Path> files = Files.list(DOCS.resolve("lab"))) {
      figures = files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    }
    assertThat(figures).isNotEmpty();
    for (Path json : figures) {
      LabPage page = LabPage.read(json);
      String text = Files.readString(json.resolveSibling(page.name() + ".md"));
      assertThat(text).as(page.name()).isEqualTo(page.withGenerated(text));
      assertThat(results).contains("(lab/" + page.name() + ".md)");
      for (String chart : page.charts()) {
        assertThat(json.resolveSibling(chart)).content().startsWith("<svg");
      }
    }
  }

  // Law: a figure runs train, and publishes a page with a table and the record of the run; the text
  // written by hand stays when it is published again
  @Test
  void tinyFigure() throws IOException {
    String job =
        SmallStream.job().replaceFirst("(?s)arms:.*", "arms:\n  - {name: modulo, hash: modulo}\n");
    Path run = folder.resolve("run");
    Path file = Files.writeString(folder.resolve("job.yaml"), job);
    Commands.succeed(
        "train", "--job", file, "--events", SmallStream.writeEvents(folder, 2), "--run-dir", run);
    TrainScores scores = TrainScores.of(List.of(run));
    String auc = Figures.mean4(scores.auc("modulo"));
    LabPage page = new LabPage("tiny", LabPagesTest.class, "tinyFigure");
    page.measured(Measured.read(run.resolve("run.json")))
        .heading("small")
        .say("Seeds: %d.", scores.auc("modulo").length)
        .table(List.of("arm", "AUC"), List.of(List.of("modulo", auc)));
    page.publish(folder);
    Path text = folder.resolve("tiny.md");
    Files.writeString(text, "By hand.\n\n" + Files.readString(text));
    LabPage.read(folder.resolve("tiny.json")).publish(folder);

    assertThat(text)
        .content()
        .startsWith("By hand.")
        .contains("## small", "Seeds: 1.", "| arm | AUC |", "| modulo | " + auc + " |");
    assertThat(folder.resolve("tiny.json")).content().contains("\"commit\"", "\"seeds\"");
    assertThatThrownBy(() -> page.withGenerated("no marks"))
        .hasMessageContaining("tiny.md must have the lines");
  }

  // Law: equal charts are drawn as equal text. The library takes seconds to load, so this is long
  @Test
  @Tag("long")
  void chartsAreDrawn() throws IOException {
    List<double[]> points = List.of(new double[] {1, .7}, new double[] {10, .8});
    Chart chart = new Chart("AUC of one arm", "kB", "AUC", true, Map.of("modulo", points));
    LabPage page = new LabPage("chart", LabPagesTest.class, "chartsAreDrawn").chart(chart);
    page.publish(folder);
    String svg = Files.readString(folder.resolve("chart.svg"));
    LabPage.read(folder.resolve("chart.json")).publish(folder);

    assertThat(folder.resolve("chart.svg")).content().isEqualTo(svg).contains("one arm", "<path");
    assertThat(folder.resolve("chart.md")).content().contains("![AUC of one arm](chart.svg)");
    assertThat(page.charts()).containsExactly("chart.svg");
  }

  // Law: numbers are written with their sign, and zero has none that says less
  @Test
  void numbersAreWritten() {
    assertThat(Figures.of(.77354)).isEqualTo(".7735");
    assertThat(Figures.signed(-.00001)).isEqualTo("+.0000");
    assertThat(Figures.change(new double[] {.001, .003})).isEqualTo("+.0020 ± .0014");
    assertThat(Figures.change(new double[] {-.001})).isEqualTo("-.0010");
  }
}
