package io.millrace.runs.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.runs.JobMetric;
import io.millrace.runs.MapFolder;
import io.millrace.runs.RunFiles;
import io.millrace.runs.RunView;
import io.millrace.runs.report.Report;
import io.millrace.runs.verdict.Briefing;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page as a browser shows it; skipped where there is none (Debian's package: chromium). */
class PageInBrowserTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String READY = "document.body && document.body.dataset.ready === 'yes'";

  /** The chart in an element; undefined until it is drawn. */
  private static final String CHART = "echarts.getInstanceByDom(document.querySelector('%s'))";

  @TempDir private Path dir;

  private Path runDir;
  private RunPage page;
  private Browser browser;

  @BeforeEach
  void start() throws Exception {
    Path program = Browser.installed().orElse(null);
    assumeTrue(program != null, "no Chromium on the PATH: the live page is not tried");
    runDir = dir.resolve("run");
    page = new RunPage(RunView.of(runDir), InetAddress.getLoopbackAddress(), 0, "localhost");
    browser = new Browser(program, dir.resolve("profile"));
  }

  @AfterEach
  void stop() throws Exception {
    if (browser != null) {
      browser.close();
      page.close();
    }
  }

  private void open(int width, int height) throws Exception {
    browser.open("http://localhost:" + page.port() + "/", width, height);
    browser.await(READY);
  }

  /** Opens all closed sections, so that their charts are drawn. */
  private void openSections() throws Exception {
    browser.value("document.querySelectorAll('details').forEach(d => d.open = true)");
  }

  private WrittenRun write(int windows) throws IOException {
    WrittenRun run = new WrittenRun(runDir);
    for (int w = 0; w < windows; w++) {
      run.window(w);
    }
    run.news();
    run.maps();
    return run;
  }

  /** Law: figures on the page are those of the files, in charts and in the tables behind them. */
  @Test
  void figures() throws Exception {
    write(4);
    open(1280, 900);
    openSections();
    for (JsonNode line : lines(RunFiles.METRICS)) {
      String ne = String.format(Locale.ROOT, "%.4f", line.get("ne").asDouble());
      assertThat(texts("#quality table td")).contains(ne);
      assertThat(drawn("#quality .plot", line.get("arm").asText()))
          .anySatisfy(y -> assertThat(y).isCloseTo(line.get("ne").asDouble(), within(1e-15)));
    }
    for (JsonNode line : lines(RunFiles.DRIFT)) {
      boolean dense = line.get("kind").asText().equals("dense");
      JsonNode value = line.get(dense ? "ks" : "psi");
      if (value.isNumber()) {
        String selector = "figure[data-field=" + line.get("field").asText() + "] .plot";
        assertThat(drawn(selector, dense ? "KS" : "PSI")).contains(value.asDouble());
      }
    }
    JsonNode last = lines(RunFiles.COUNTS).get(3);
    assertThat(texts("#flow .sum b"))
        .containsExactly(number(last, "read"), number(last, "trained"), "1", "2");
    assertThat(texts("#rows dd")).containsExactly("498", "77", "12 %", "6");
    Briefing briefing = Briefing.of(runDir, "");
    assertThat(texts("#verdict .lead")).containsExactly(briefing.verdict().sentence());
    assertThat(texts("#verdict .findings li").get(0))
        .contains(briefing.findings().get(0).text(), briefing.findings().get(0).action());
    assertThat(texts("#alerts .message").get(0))
        .startsWith(
            "Views of new ids rose to 31 % in field site. Check whether a source writes ids");
    assertThat(texts("#warnings .message"))
        .containsExactly(lines("warnings.jsonl").get(0).get("message").asText());
    assertThat(texts("#arms .figures td")).contains("0.4321", "0.4444", "−0.0123", "dropped");
    assertThat(texts("#arms .figures p"))
        .contains("On trial 1 of 3 new maps were dropped: their arms kept the maps before.");
    assertThat(texts("#arms .glance tbody th")).contains("full", "learned");
    for (Briefing.Gain gain : briefing.gains()) {
      assertThat(texts("#arms .glance td")).contains(gain.auc(), gain.ne(), gain.against());
    }
    assertThat(browser.errors()).isEmpty();
  }

  /**
   * Law: maps that were built within a window are told with their cause, and marked at their time.
   */
  @Test
  void refreshes() throws Exception {
    write(4);
    open(1280, 900);
    openSections();
    assertThat(texts("#alerts .refreshes li"))
        .containsExactly("Maps were rebuilt at 3 Jan 18:00: new_traffic/site, teacher_ne");
    assertThat(texts("#arms .figures td"))
        .contains("new_traffic/site, teacher_ne", "end of window");
    assertThat(texts("#alerts option")).contains("teacher’s normalised entropy");
    String select = "document.querySelector('#alerts select')";
    browser.value(
        "(s => { s.value = 'teacher_ne||'; s.dispatchEvent(new Event('change')); })(%s)"
            .formatted(select));
    browser.value("document.querySelector('#alerts .list button').click()");
    assertThat(browser.value(select + ".value").asText()).isEqualTo("new_traffic|site|");
    browser.await(CHART.formatted("#quality .plot"));
    JsonNode marks =
        browser.value(
            CHART.formatted("#quality .plot")
                + ".getOption().series[0].markLine.data"
                + ".map(m => [m.xAxis, m.name, m.lineStyle.type].join())");
    assertThat(marks)
        .extracting(JsonNode::asText)
        .containsExactly(
            WrittenRun.DAY + ",map 1,3,3",
            lines(RunFiles.SWITCHES).get(1).get("time").asLong()
                - WrittenRun.START
                + ",map 2,solid");
    assertThat(texts("#quality .hint").get(0))
        .contains("Solid: the map was built within the window");
    assertThat(browser.errors()).isEmpty();
  }

  /** Law: what is written while the page is open appears on it, and so do changes of the run. */
  @Test
  void live() throws Exception {
    page.say(RunPage.State.STARTING, "making the events");
    open(1280, 900);
    assertThat(browser.value("document.getElementById('state').innerText").asText())
        .isEqualTo("Starting: making the events");
    assertThat(browser.value("document.querySelectorAll('.empty').length").asInt())
        .isGreaterThanOrEqualTo(6);
    page.say(RunPage.State.RUNNING, "");
    WrittenRun run = write(2);
    browser.await("document.querySelectorAll('#quality tbody tr').length === 2");
    browser.await("document.title.includes('Learning')");
    run.window(2);
    browser.await("document.querySelectorAll('#quality tbody tr').length === 3");
    assertThat(browser.errors()).isEmpty();
  }

  /** Law: the lag of a student that emits updates is on the page, now and over time. */
  @Test
  void lags() throws Exception {
    FlowTest.Figures figures = new FlowTest.Figures();
    figures.set("gate", JobMetric.EVENTS_READ_TOTAL, 0);
    for (String arm : List.of("full", "learned")) {
      String student = "student-" + arm;
      figures.set(student, JobMetric.LEARNING_LAG_SECONDS, arm.equals("full") ? .25 : 75);
      figures.set(student, JobMetric.UPDATES_EMITTED_TOTAL, 3);
      figures.set(student, JobMetric.UPDATE_BYTES_TOTAL, 1_500);
    }
    figures.set("student-full", JobMetric.PUBLISHES_REFUSED_TOTAL, 2);
    figures.set("student-learned", JobMetric.MAPS_DROPPED_TOTAL, 1);
    page.show(figures, "http://localhost:1/");
    page.say(RunPage.State.RUNNING, "");
    open(1280, 900);
    openSections();
    browser.await("document.querySelector('.lags .plot')");
    assertThat(texts("#now p")).containsSubsequence("Learning lag", "75 s", "6 updates, 3.00 kB");
    assertThat(texts(".lags .legend li")).containsExactly("full", "learned");
    assertThat(drawn(".lags .plot", "full")).isNotEmpty().containsOnly(.25);
    assertThat(drawn(".lags .plot", "learned")).isNotEmpty().containsOnly(75.);
    assertThat(texts(".operator dl div"))
        .contains("lag0.25 s", "updates3", "update bytes1.50 kB", "refused2", "maps dropped1");
    assertThat(browser.errors()).isEmpty();
  }

  /** Law: the page says of each student whether it waits for maps, by its metric. */
  @Test
  void replayAndLive() throws Exception {
    new WrittenRun(runDir, "student: {wait_for_maps: until-live}").window(0);
    FlowTest.Figures figures = new FlowTest.Figures();
    figures.set("gate", JobMetric.EVENTS_READ_TOTAL, 0);
    figures.set("student-full", JobMetric.WAITS_FOR_MAPS, 0);
    figures.set("student-learned", JobMetric.WAITS_FOR_MAPS, 1);
    page.show(figures, "http://localhost:1/");
    page.say(RunPage.State.RUNNING, "");
    open(1280, 900);
    browser.await("document.querySelector('.operator dl')");
    assertThat(texts("#now p"))
        .containsSubsequence("Students", "1 of 2 live", "in replay: learned");
    assertThat(texts(".operator dl div")).contains("modelive", "modereplay");
    assertThat(browser.errors()).isEmpty();
  }

  /** Law: of a job of another process it says so by the file that the job has written. */
  @Test
  void replayAndLiveByFiles() throws Exception {
    WrittenRun run = new WrittenRun(runDir, "student: {wait_for_maps: until-live}");
    run.window(0);
    open(1280, 900);
    assertThat(texts("#now p")).containsSubsequence("Students", "in replay");
    new MapFolder(runDir.resolve(RunFiles.MAPS)).goLive(WrittenRun.START + 2 * WrittenRun.DAY);
    run.window(1);
    browser.await("document.getElementById('now').textContent.includes('since 3 Jan')");
    assertThat(texts("#now p")).containsSubsequence("Students", "live");
    assertThat(browser.errors()).isEmpty();
  }

  /** Law: on a phone nothing is wider than the screen. */
  @Test
  void phone() throws Exception {
    write(4);
    open(360, 740);
    openSections();
    browser.value("document.querySelector('.examples button').click()");
    browser.await("document.querySelector('#search article')");
    assertThat(browser.value("document.documentElement.scrollWidth").asInt()).isEqualTo(360);
    String inside =
        "[...document.querySelectorAll('main > *, main .plot')]"
            + ".every(e => e.getBoundingClientRect().right <= 360)";
    assertThat(browser.value(inside).asBoolean()).isTrue();
    assertThat(browser.errors()).isEmpty();
  }

  /**
   * Law: every chart, choice, link and field is reached with the tabulator key, and can be seen.
   */
  @Test
  void keyboard() throws Exception {
    write(4);
    open(1280, 900);
    openSections();
    Set<String> met = new HashSet<>();
    for (int i = 0; i < 110; i++) {
      browser.press("Tab");
      JsonNode focus =
          browser.value(
              "(() => { const e = document.activeElement, s = getComputedStyle(e.matches('input[type=radio]')"
                  + " ? e.nextSibling : e);"
                  + " return [(e.closest('section, .section') ?? e.closest('nav') ?? document.body).id || 'nav',"
                  + " e.localName, s.outlineStyle]; })()");
      met.add(focus.get(0).asText() + " " + focus.get(1).asText());
      if (!focus.get(1).asText().equals("body")) {
        assertThat(focus.get(2).asText()).as("outline of %s", focus).isNotEqualTo("none");
      }
    }
    assertThat(met)
        .contains(
            "nav a",
            "quality input",
            "quality select",
            "quality div",
            "quality summary",
            "arms div",
            "drift input",
            "drift div",
            "rows select",
            "rows div",
            "alerts div",
            "search input",
            "search button");
    browser.value("document.querySelector('#quality .plot').focus()");
    browser.press("ArrowRight");
    browser.press("ArrowRight");
    assertThat(browser.value("document.getElementById('said').textContent").asText())
        .isEqualTo("2 Jan: full 0.8923, learned 0.9034");
    assertThat(browser.errors()).isEmpty();
  }

  /** Law: a value is found by its name, with its row and those that share it. */
  @Test
  void search() throws Exception {
    write(2);
    open(1280, 900);
    browser.value(
        "(() => { const f = document.querySelector('#search form'); f.q.value = 'b';"
            + " f.requestSubmit(); })()");
    browser.await("document.querySelector('#search article')");
    assertThat(texts("#search h3")).containsExactly("site=b");
    assertThat(texts("#search .kind > div > p"))
        .containsExactly(
            "Row 0 of 5, shared by 2 ids. Its count in the map is 20, 67 % of the row’s.");
    assertThat(texts("#search tbody th")).containsExactly("site=b", "site=a", "v2", "v1");
    assertThat(texts("#search td")).contains("none: its row has a new number");
    assertThat(browser.errors()).isEmpty();
  }

  /** Law: zeros have no sign, whatever they were rounded from; the report's rule is the same. */
  @Test
  void zerosHaveNoSign() throws Exception {
    open(1280, 900);
    String formatted =
        "import('/format.js').then(f => [f.signed(-0.00001), f.signed(0.00001), f.score(-0.00001),"
            + " f.percent(-0.0001), f.signed(-0.0001), f.signed(0.0001)].join(' '))";
    assertThat(browser.value(formatted).asText())
        .isEqualTo("0.0000 0.0000 0.0000 0 % −0.0001 +0.0001");
  }

  /** Law: a page whose process has ended after the last event says that the run is over. */
  @Test
  void processThatHasEnded() throws Exception {
    write(4);
    open(1280, 900);
    page.close();
    browser.await("document.querySelector('#state').dataset.state == 'finished'");
    assertThat(texts("#state .words")).containsExactly("Finished");
  }

  /** Law: in the dark the same charts are drawn in other colours. */
  @Test
  void dark() throws Exception {
    write(2);
    open(1280, 900);
    openSections();
    browser.await(CHART.formatted("#quality .plot"));
    String colour = CHART.formatted("#quality .plot") + ".getOption().series[0].itemStyle.color";
    String light = browser.value(colour).asText();
    browser.call(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", "dark"))));
    browser.await(colour + " !== '" + light + "'");
    assertThat(browser.errors()).isEmpty();
  }

  /** Law: the report draws all its charts from the file alone, and fits on a phone. */
  @Test
  void report() throws Exception {
    write(4);
    browser.open(Report.write(runDir).toUri().toString(), 360, 740);
    browser.await("document.querySelector('.plot svg')");
    assertThat(browser.value("document.querySelectorAll('.plot svg').length").asInt())
        .as("only the chart of the comparison, as all others are in closed sections")
        .isEqualTo(1);
    openSections();
    browser.await("[...document.querySelectorAll('.plot')].every(p => p.querySelector('svg'))");
    for (JsonNode line : lines(RunFiles.METRICS)) {
      assertThat(drawn("[aria-label^=\"Normalised entropy per\"]", line.get("arm").asText()))
          .anySatisfy(y -> assertThat(y).isCloseTo(line.get("ne").asDouble(), within(1e-6)));
    }
    assertThat(browser.value("document.documentElement.scrollWidth").asInt()).isEqualTo(360);
    browser.value("document.querySelector('[aria-label^=\"AUC per\"]').focus()");
    browser.press("ArrowRight");
    assertThat(browser.value("document.getElementById('said').textContent").asText())
        .startsWith("1 Jan: full 0.");
    assertThat(texts(".legend .swatch")).isNotEmpty();
    assertThat(browser.errors()).isEmpty();
  }

  /**
   * Law: only the comparison of the arms is open at first; keys open and close the other sections.
   */
  @Test
  void closedSections() throws Exception {
    write(4);
    publish();
    open(1280, 900);
    assertThat(texts("main > .section h2"))
        .containsExactly(
            "Quality by window",
            "Alerts",
            "Warnings",
            "Flow",
            "Drift by field",
            "Load of rows",
            "Published versions",
            "Look up a value or an id");
    assertThat(browser.value("document.querySelectorAll('details[open]').length").asInt()).isZero();
    browser.await(CHART.formatted("#arms .plot"));
    assertThat(browser.value("document.querySelectorAll('.plot svg').length").asInt()).isEqualTo(1);
    assertVersions();
    browser.value("document.querySelector('#drift summary').focus()");
    browser.press("Enter");
    browser.await("document.querySelector('#drift').open");
    browser.await(CHART.formatted("#drift .plot"));
    browser.value("document.querySelector('nav a[href=\"#quality\"]').focus()");
    browser.press("Enter");
    browser.await("document.querySelector('#quality').open");
    assertThat(browser.errors()).isEmpty();
  }

  /** Law: no version is dropped: an arm has one row, which opens to all that are kept. */
  private void assertVersions() throws Exception {
    browser.await("document.querySelector('.versions')");
    assertThat(texts(".versions summary b")).containsExactly("full", "learned");
    assertThat(texts(".versions summary span")).contains("v3", "NE 0.8300", "3 kept");
    assertThat(texts(".versions tbody th")).containsExactly("v3", "v2", "v1", "v3", "v2", "v1");
  }

  private void publish() throws IOException {
    for (String arm : List.of("full", "learned")) {
      for (int version = 1; version <= 3; version++) {
        Path folder = runDir.resolve("models").resolve(arm).resolve("v00000" + version);
        Files.createDirectories(folder);
        Files.writeString(
            folder.resolve("manifest.json"),
            "{\"model_version\":%d,\"events_learned\":%d,\"window\":{\"ne\":0.8%d}}"
                .formatted(version, 1000 * version, version));
      }
    }
  }

  /** Law: no two arms have one colour, in light or dark, and each is seen on its background. */
  @Test
  void paletteAndAxes() throws Exception {
    write(1);
    open(1280, 900);
    JsonNode colours =
        browser.value(
            "import('/charts.js').then(m => [false, true].map(dark =>"
                + " Array.from({ length: 60 }, (_, i) => m.palette(i, dark))))");
    List<Double> backgrounds = List.of(luminance("#ffffff"), luminance("#1a1d22"));
    for (int scheme = 0; scheme < 2; scheme++) {
      List<String> all = new ArrayList<>();
      for (JsonNode colour : colours.get(scheme)) {
        all.add(colour.asText());
        double one = luminance(colour.asText()) + .05;
        double other = backgrounds.get(scheme) + .05;
        assertThat(Math.max(one, other) / Math.min(one, other))
            .as("contrast of %s", colour)
            .isGreaterThan(3);
      }
      assertThat(all).hasSize(60).doesNotHaveDuplicates();
    }
    assertAxes();
  }

  /** Relative luminance of a colour, as WCAG 2 defines it. */
  private static double luminance(String colour) {
    double[] weights = {.2126, .7152, .0722};
    double sum = 0;
    for (int i = 0; i < 3; i++) {
      double c = Integer.parseInt(colour.substring(1 + 2 * i, 3 + 2 * i), 16) / 255.;
      sum += weights[i] * (c <= .04045 ? c / 12.92 : Math.pow((c + .055) / 1.055, 2.4));
    }
    return sum;
  }

  /** Law: labels of an axis differ, however narrow its range, and its ends hold all values. */
  private void assertAxes() throws Exception {
    JsonNode axes =
        browser.value(
            "Promise.all([import('/axes.js'), import('/format.js')]).then(([a, f]) =>"
                + " ['percent', 'score', 'share', 'count', 'rate', 'bytes', 'seconds'].flatMap(unit =>"
                + " [[.1184, .1231], [.11999, .12001], [0, 1], [.12, .12], [7, 1003], [-.2, .3]].map(([low, high]) => {"
                + " const x = a.nice(low, high, 5, f[unit]);"
                + " return { unit, low, high, min: x.min, max: x.max, texts: x.texts }; })))");
    assertThat(axes).hasSize(7 * 6);
    for (JsonNode axis : axes) {
      List<String> labels = new ArrayList<>();
      axis.get("texts").forEach(text -> labels.add(text.asText()));
      assertThat(labels).as(axis.toString()).hasSizeBetween(2, 8).doesNotHaveDuplicates();
      assertThat(axis.get("min").asDouble()).isLessThanOrEqualTo(axis.get("low").asDouble());
      assertThat(axis.get("max").asDouble()).isGreaterThanOrEqualTo(axis.get("high").asDouble());
    }
    // ticks of time lie on the steps that begin at the left end, also where days begin within
    JsonNode times =
        browser.value(
            "import('/axes.js').then(a => [[0, 24, 8], [1, 1, 190], [0, 1, 60], [5, 4, 9000], [3, 7, 2]]"
                + ".map(([first, hours, n]) => a.time(Array.from({ length: n }, (_, i) =>"
                + " ({ start: (first + i * hours) * 36e5, end: (first + (i + 1) * hours) * 36e5 })), 800, false)))");
    assertThat(times).hasSize(5);
    for (JsonNode axis : times) {
      List<String> labels = new ArrayList<>();
      axis.get("texts").forEach(text -> labels.add(text.asText()));
      assertThat(labels).as(axis.toString()).hasSizeBetween(1, 11).doesNotHaveDuplicates();
      for (JsonNode tick : axis.get("ticks")) {
        assertThat((tick.asLong() - axis.get("min").asLong()) % axis.get("interval").asLong())
            .as(axis.toString())
            .isZero();
      }
      assertThat(axis.get("max").asLong() - axis.get("min").asLong())
          .isLessThan(400 * axis.get("interval").asLong());
    }
  }

  private List<JsonNode> lines(String file) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(runDir.resolve(file))) {
      lines.add(JSON.readTree(line));
    }
    return lines;
  }

  private static String number(JsonNode line, String key) {
    return String.format(Locale.ROOT, "%,d", line.get(key).asLong());
  }

  private List<String> texts(String selector) throws Exception {
    List<String> texts = new ArrayList<>();
    browser
        .value("[...document.querySelectorAll('" + selector + "')].map(e => e.textContent)")
        .forEach(text -> texts.add(text.asText()));
    return texts;
  }

  /** The values that a chart shows of a series. */
  private List<Double> drawn(String selector, String series) throws Exception {
    String chart = CHART.formatted(selector);
    browser.await(chart);
    List<Double> values = new ArrayList<>();
    browser
        .value(
            chart
                + ".getOption().series.find(s => s.name === '"
                + series
                + "').data.map(p => p[1])")
        .forEach(value -> values.add(value.isNumber() ? value.asDouble() : Double.NaN));
    return values;
  }
}
