package io.millrace.runs.report;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.metric.FrequencyBucket;
import io.millrace.runs.RunFiles;
import io.millrace.runs.line.MetricColumns;
import io.millrace.runs.verdict.ArmFigures;
import io.millrace.runs.verdict.Briefing;
import io.millrace.runs.verdict.Comparison;
import io.millrace.runs.verdict.Format;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * The arms compared, which is open: quality, bytes and paired differences to a plain hash, beside
 * quality against bytes. Then, closed, quality by window and by the frequency of ids.
 */
final class ArmsSection {

  private final Html page;
  private final Comparison comparison;
  private final Windows windows;

  private ArmsSection(Html page, Comparison comparison) {
    this.page = page;
    this.comparison = comparison;
    this.windows = new Windows("arms", comparison.windows());
  }

  static void write(Html page, Comparison comparison) {
    if (!comparison.isEmpty()) {
      new ArmsSection(page, comparison).write();
    }
  }

  private void write() {
    page.raw("<section class=\"arms\"><h2>Arms compared</h2><div class=\"beside\"><div>");
    armTable();
    page.raw("</div><figure><figcaption><strong>Normalised entropy against bytes served</strong> ")
        .raw("<span>down and to the left is better</span></figcaption>");
    scatter("Normalised entropy", MetricColumns.NE);
    page.raw("</figure></div>");
    more();
    page.raw("</section>\n");
    quality();
    bucketTable();
  }

  /** What the table of the arms leaves out: closed, as few ask for it. */
  private void more() {
    page.raw("<details><summary>Advanced: rows, gap closed, calibration, bytes by part</summary>");
    figureTable();
    byteTable();
    if (comparison.settings().differ()) {
      settingsTable();
    }
    page.raw("<figure><figcaption><strong>AUC against bytes served</strong> ")
        .raw("<span>up and to the left is better</span></figcaption>");
    scatter("AUC", MetricColumns.AUC);
    page.raw("</figure></details>");
  }

  private void quality() {
    page.section("Quality by window", "%,d windows".formatted(windows.size()))
        .windows(windows)
        .element("p", seedNote());
    legend();
    page.raw("<div class=\"pair\">");
    lines("Normalised entropy", "lower is better", MetricColumns.NE);
    lines("AUC", "higher is better", MetricColumns.AUC);
    page.raw("</div>").endSection();
  }

  private String seedNote() {
    String within = comparison.refreshed() ? "; within a window, after a change" : "";
    String dashed =
        comparison.mapSwitches().isEmpty()
            ? ""
            : "Dashed: students switched to a new map of ids to rows" + within + ". ";
    String spread =
        comparison.seeds() > 1
            ? "Lines are means over %s seeds, bands reach from the least to the greatest."
                .formatted(comparison.seeds())
            : "One seed: no spread can be shown.";
    return "Measured on each window's events before they were learned. " + dashed + spread;
  }

  private void legend() {
    page.raw("<ul class=\"legend\">");
    for (String arm : comparison.arms()) {
      page.legend(arm, style(arm));
    }
    page.raw("</ul>");
  }

  private void lines(String name, String direction, ToDoubleFunction<JsonNode> value) {
    LineChart chart = new LineChart(name + " per window", Chart.Unit.SCORE, windows);
    comparison.mapSwitches().forEach(chart::mark);
    for (String arm : comparison.arms()) {
      double[][] range = comparison.range(arm, value);
      chart.add(
          new LineChart.Series(
              arm, style(arm), comparison.perWindow(arm, value), range[0], range[1]));
    }
    page.raw("<figure><figcaption>").element("strong", name).raw(" ").element("span", direction);
    page.raw("</figcaption>").chart(chart, "");
    page.raw("<details><summary>Figures</summary>");
    page.numbers(name + " per window", heads("window", "events", "clicked"));
    String first = comparison.arms().get(0);
    double[] events = comparison.perWindow(first, MetricColumns.EVENTS);
    double[] positives = comparison.perWindow(first, MetricColumns.POSITIVES);
    List<double[]> figures =
        comparison.arms().stream().map(arm -> comparison.perWindow(arm, value)).toList();
    windows
        .inTables()
        .forEach(
            w -> {
              List<Object> cells = new ArrayList<>(List.of(windows.name(w)));
              cells.add(Format.count(events[w]));
              cells.add(Format.count(positives[w]));
              figures.forEach(arm -> cells.add(Format.score(arm[w])));
              page.row(cells.toArray());
            });
    page.endTable();
    windows.noteMissing(page, RunFiles.METRICS);
    page.raw("</details></figure>");
  }

  private void scatter(String name, ToDoubleFunction<JsonNode> value) {
    ScatterChart chart =
        new ScatterChart(name + " against bytes served", "bytes served, logarithmic", name);
    for (String arm : comparison.arms()) {
      Comparison.Figure late = comparison.late(arm, value);
      double bytes = comparison.newest(arm, ArmFigures::totalBytes);
      chart.add(new ScatterChart.Point(arm, style(arm), bytes, late.mean(), late.deviation()));
    }
    page.chart(chart, "tall");
  }

  private void armTable() {
    page.numbers("Arms compared", "arm", "NE", "AUC", "bytes", "Δ NE", "Δ AUC", "Δ against");
    for (String arm : comparison.arms()) {
      Briefing.Gain gain = Briefing.Gain.of(comparison, arm);
      page.row(
          style(arm),
          arm,
          Format.score(comparison.late(arm, MetricColumns.NE).mean()),
          Format.score(comparison.late(arm, MetricColumns.AUC).mean()),
          Format.bytes(comparison.newest(arm, ArmFigures::totalBytes)),
          gain.ne(),
          gain.auc(),
          gain.against());
    }
    page.endTable();
    page.raw(
            "<p class=\"note\">NE: log loss over that of predicting the mean click rate; lower is ")
        .raw(
            "better. AUC: higher is better. Δ: difference from the plain hash with about the same ")
        .raw("bytes or, without one, the same rows, on the same events")
        .raw(comparison.seeds() > 1 ? "; ± over seeds" : "")
        .raw(". Means of the last half of the windows by ")
        .raw("their events. Bytes: rows, map and linear part, without MLPs.</p>");
  }

  private void figureTable() {
    page.numbers(
        "Further figures of the arms",
        "arm",
        "rows",
        "of a row each id",
        "gap closed",
        "log loss",
        "calibration",
        "seeds");
    for (String arm : comparison.arms()) {
      Comparison.Base base = comparison.baseOf(arm);
      String full = comparison.full();
      boolean between = base != null && full != null && !full.equals(arm);
      page.row(
          style(arm),
          arm,
          Format.count(comparison.newest(arm, MetricColumns.ROWS)),
          Format.percent(comparison.rowShare(arm)),
          between
              ? Format.percent(comparison.gapClosed(arm, base.arm(), full, 1, MetricColumns.AUC))
              : Format.NONE,
          Format.score(comparison.late(arm, MetricColumns.LOGLOSS).mean()),
          Format.share(comparison.late(arm, MetricColumns.CALIBRATION).mean()),
          comparison.late(arm, MetricColumns.AUC).seeds());
    }
    page.endTable();
    page.raw(
            "<p class=\"note\">Gap closed: share of the AUC difference between the plain hash and ")
        .raw("full. Calibration: mean prediction over click rate, 1 is best.</p>");
  }

  private void settingsTable() {
    page.numbers("Settings of their own, others as in student", "arm", "settings");
    for (String arm : comparison.arms()) {
      String own = comparison.settings().of(arm);
      if (!own.isEmpty()) {
        page.row(arm, own);
      }
    }
    page.endTable();
  }

  private void byteTable() {
    page.numbers(
        "At the end of the newest window",
        "arm",
        "rows",
        "map",
        "linear part",
        "served, with MLPs",
        "while training",
        "weights pruned",
        "map version",
        "events learned",
        "of these early",
        "out of order",
        "not learned");
    for (String arm : comparison.arms()) {
      page.row(
          arm,
          Format.bytes(comparison.newest(arm, MetricColumns.EMBEDDING_BYTES)),
          Format.bytes(comparison.newest(arm, MetricColumns.MAP_BYTES)),
          Format.bytes(comparison.newest(arm, MetricColumns.LINEAR_BYTES)),
          Format.bytes(comparison.newest(arm, MetricColumns.SERVING_BYTES)),
          Format.bytes(comparison.newest(arm, MetricColumns.TRAINING_BYTES)),
          Format.percent(comparison.newest(arm, ArmFigures::pruned)),
          version(comparison.newest(arm, MetricColumns.MAP_VERSION)),
          Format.count(comparison.newest(arm, MetricColumns.LEARNED)),
          Format.count(comparison.newest(arm, MetricColumns.EARLY)),
          Format.count(comparison.newest(arm, MetricColumns.OUT_OF_ORDER)),
          Format.count(comparison.newest(arm, MetricColumns.SKIPPED)));
    }
    page.endTable();
    page.raw(
            "<p class=\"note\">Early: learned ahead of their turn, as student.max_held others were ")
        .raw(
            "held. Out of order: came after the watermark had passed their time. Where one of both ")
        .raw("is not 0, another run may have other figures. ")
        .raw("Not learned: left out, as the loss of their batch was ")
        .raw("not a number or far too large; look for input values out of scale.</p>");
  }

  private static String version(double version) {
    return version > 0 ? "v" + Format.count(version) : Format.NONE;
  }

  private void bucketTable() {
    page.section("Rare and frequent ids")
        .raw("<p>AUC, last half of the windows, by how ")
        .raw("often an event's rarest id had been seen before.</p>");
    page.numbers(
        "AUC by earlier views of the rarest id", heads("earlier views", "events a window"));
    String first = comparison.arms().get(0);
    for (FrequencyBucket bucket : FrequencyBucket.values()) {
      List<Object> cells = new ArrayList<>(List.of(bucket.label()));
      cells.add(
          Format.count(
              comparison.late(first, ArmFigures.ofBucket(bucket, MetricColumns.EVENTS)).mean()));
      for (String arm : comparison.arms()) {
        cells.add(
            Format.score(
                comparison.late(arm, ArmFigures.ofBucket(bucket, MetricColumns.AUC)).mean()));
      }
      page.row(cells.toArray());
    }
    page.endTable().endSection();
  }

  private Object[] heads(String... first) {
    List<Object> heads = new ArrayList<>(List.of(first));
    heads.addAll(comparison.arms());
    return heads.toArray();
  }

  private Style style(String arm) {
    return Style.of(comparison.arms().indexOf(arm));
  }
}
