package io.millrace.runs.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.runs.line.DenseColumns;
import io.millrace.runs.look.Look;
import io.millrace.runs.verdict.Briefing;
import io.millrace.runs.verdict.Comparison;
import io.millrace.runs.verdict.Drift;
import io.millrace.runs.verdict.Finding;
import io.millrace.runs.verdict.Format;
import io.millrace.runs.verdict.RunData;
import io.millrace.runs.verdict.Totals;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The page: head, summary, then its sections in order. */
final class ReportPage {

  /** Findings that are open at first. */
  private static final int FINDINGS = 4;

  private final RunData files;
  private final Comparison comparison;
  private final Drift drift;
  private final Totals totals;
  private final Briefing briefing;

  ReportPage(RunData files) {
    this.files = files;
    this.comparison = new Comparison(files);
    this.drift = new Drift(files.drift());
    this.totals = Totals.of(files.counts());
    this.briefing = Briefing.of(files, comparison, drift);
  }

  String html() throws IOException {
    Html page = new Html();
    head(page);
    summary(page);
    problems(page);
    ArmsSection.write(page, comparison);
    WarningsSection.write(page, files);
    ChangesSection.write(page, files, briefing.incidents());
    DriftSection.write(page, drift);
    DenseSection.write(page, new Drift(files.drift(), DenseColumns.DENSE));
    LoadSection.write(page, drift);
    TablesSection.write(page, comparison);
    ModelsSection.write(page, files, comparison);
    ValuesSection.write(page, files, drift, totals);
    RunSection.totals(page, files, totals);
    RunSection.seconds(page, files, totals);
    RunSection.facts(page, files.run());
    page.raw(
        "</main>\n<div id=\"said\" class=\"unseen\" role=\"status\" aria-live=\"polite\"></div>\n");
    page.raw("<script>" + new String(Look.library(), UTF_8) + "</script>\n");
    page.raw("<script>\n" + Look.bundle(Report.resource("report.js")) + "</script>\n");
    page.raw("</body></html>\n");
    return page.toString();
  }

  private void head(Html page) throws IOException {
    page.raw("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n")
        .raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .raw("<meta name=\"color-scheme\" content=\"light dark\">\n")
        .raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';")
        .raw(" style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n")
        .element("title", "Millrace – " + name())
        .raw("\n<style>\n" + Look.text(Look.STYLE) + Report.resource("report.css") + "</style>\n")
        .raw("<noscript><style>.plot{display:none}</style></noscript></head>\n<body><main>\n")
        .raw("<header>")
        .element("p class=\"brand\"", "Millrace run report · " + files.name())
        .element("h1", name())
        .raw("</header>\n");
  }

  /** The job's name, or else that of the directory. */
  private String name() {
    return files.run().path("name").asText(files.name());
  }

  private void summary(Html page) {
    page.raw("<section class=\"summary\" aria-label=\"Verdict\">");
    page.element("p class=\"lead\"", briefing.verdict().sentence());
    if (!briefing.verdict().command().isEmpty()) {
      page.raw("<p>").element("code", briefing.verdict().command()).raw("</p>");
    }
    findings(page, briefing.findings());
    List<String> sentences = new Summary(files, comparison, drift, totals).sentences();
    if (!sentences.isEmpty()) {
      page.raw("<details><summary>More about the run</summary><ul>");
      sentences.forEach(sentence -> page.element("li", sentence));
      page.raw("</ul></details>");
    }
    page.raw("</section>\n");
  }

  /** What is abnormal: the first few open, all others closed. */
  private static void findings(Html page, List<Finding> findings) {
    if (findings.isEmpty()) {
      page.element("p", "Nothing abnormal was found.");
      return;
    }
    page.raw("<h2>Abnormal</h2>");
    list(page, findings.subList(0, Math.min(FINDINGS, findings.size())));
    if (findings.size() > FINDINGS) {
      page.raw("<details><summary>")
          .text("%,d more".formatted(findings.size() - FINDINGS))
          .raw("</summary>");
      list(page, findings.subList(FINDINGS, findings.size()));
      page.raw("</details>");
    }
  }

  private static void list(Html page, List<Finding> findings) {
    page.raw("<ul class=\"findings\">");
    for (Finding finding : findings) {
      String severity = finding.severity().name().toLowerCase(Locale.ROOT);
      page.raw("<li class=\"" + severity + "\">")
          .element("span class=\"badge\"", severity)
          .raw(" ")
          .text(finding.text())
          .raw(" ")
          .element("em", finding.action())
          .raw("</li>");
    }
    page.raw("</ul>");
  }

  private void problems(Html page) {
    List<String> problems = new ArrayList<>(files.problems());
    problems.addAll(missingMaps());
    if (problems.isEmpty()) {
      return;
    }
    page.raw("<section class=\"problems\"><h2>What is missing</h2><ul>");
    problems.forEach(problem -> page.element("li", problem));
    page.raw("</ul></section>\n");
  }

  private List<String> missingMaps() {
    List<String> problems = new ArrayList<>();
    for (String field : drift.compressed()) {
      Map<String, List<String>> specsByWindows = new LinkedHashMap<>();
      windowsWithout(field)
          .forEach(
              (spec, windows) ->
                  specsByWindows
                      .computeIfAbsent(String.join(", ", windows), key -> new ArrayList<>())
                      .add(spec));
      specsByWindows.forEach(
          (windows, specs) ->
              problems.add(
                  "Field %s has no learned map (%s) of %s: the teacher knew none of its ids (see teacher.sample), and the previous map stayed."
                      .formatted(field, String.join(", ", specs), windows)));
    }
    return problems;
  }

  /** Kind of learned map → names of the windows in which a field did not get it. */
  private Map<String, List<String>> windowsWithout(String field) {
    List<Long> starts = drift.windows();
    List<String> names = Format.windows(starts);
    Map<String, List<String>> windows = new TreeMap<>();
    for (int w = 0; w < starts.size(); w++) {
      for (String spec : drift.without(field, starts.get(w))) {
        windows.computeIfAbsent(spec, key -> new ArrayList<>()).add(names.get(w));
      }
    }
    return windows;
  }
}
