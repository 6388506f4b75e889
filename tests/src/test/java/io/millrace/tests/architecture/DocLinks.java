package io.millrace.tests.architecture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds what documentation refers to and is not there: files, headings, numbered sections, classes,
 * members, and defaults of config keys.
 */
final class DocLinks {

  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern CODE = Pattern.compile("`([^`\n]+)`");
  private static final Pattern FENCE = Pattern.compile("(?ms)^```.*?^```$");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ +(.+?) *$");
  private static final Pattern NUMBER = Pattern.compile("(\\d+(?:\\.\\d+)*)\\.? .*");
  private static final Pattern JAVADOC = Pattern.compile("(?s)/\\*\\*.*?\\*/");
  private static final Pattern REFERENCE =
      Pattern.compile(
          "\\bdocs/([\\w./-]*\\w)(?:,? sections? (\\d+(?:\\.\\d+)*)((?:(?:,| and) \\d+(?:\\.\\d+)*)*))?");
  private static final Pattern CLASS =
      Pattern.compile("((?:[a-z]\\w*\\.)*)([A-Z]\\w*[a-z]\\w*)((?:[.#]\\w+)*)(?:\\(\\))?");
  private static final Pattern PACKAGE = Pattern.compile("io\\.millrace(?:\\.[a-z]\\w*)*");

  private final Path root;
  private final Map<String, Path> sources = new TreeMap<>();
  private final List<String> problems = new ArrayList<>();

  private DocLinks(Path root) throws IOException {
    this.root = root;
    for (Path file : files(root, ".java")) {
      String path = root.relativize(file).toString().replace('\\', '/');
      int start = path.indexOf("/java/") + "/java/".length();
      sources.put(path.substring(start, path.length() - ".java".length()).replace('/', '.'), file);
    }
  }

  /** References without a target in the Markdown pages and Javadoc below {@code root}. */
  static List<String> broken(Path root) throws IOException {
    DocLinks links = new DocLinks(root);
    for (Path page : files(root, ".md")) {
      links.checkPage(page);
    }
    for (Path source : links.sources.values()) {
      links.checkJavadoc(source);
    }
    return links.problems;
  }

  /**
   * Classes, members and packages that Markdown pages below {@code root} name in code spans, and
   * that do not exist.
   *
   * @param others names that look like classes and are none of the project's
   */
  static List<String> unknownClasses(Path root, Set<String> others) throws IOException {
    DocLinks links = new DocLinks(root);
    for (Path page : files(root, ".md")) {
      for (MatchResult code : matches(CODE, prose(Files.readString(page)))) {
        if (!others.contains(code.group(1))) {
          links.checkClass(page, code.group(1));
        }
      }
    }
    return links.problems;
  }

  /** Keys in the tables of a page whose default is another one in the reference of all keys. */
  static List<String> wrongDefaults(Path root, Path page, Path reference) throws IOException {
    DocLinks links = new DocLinks(root);
    Map<String, String> defaults = new HashMap<>();
    for (String line : Files.readAllLines(reference)) {
      String[] cells = cells(line);
      if (cells.length > 2) {
        defaults.put(cells[0], cells[2]);
      }
    }
    boolean ofKeys = false;
    for (String line : Files.readAllLines(page)) {
      String[] cells = cells(line);
      ofKeys = cells.length > 1 && (ofKeys || line.startsWith("| key | default |"));
      if (ofKeys && cells[0].startsWith("`") && !cells[1].equals(defaults.get(cells[0]))) {
        links.report(page, "default of " + cells[0] + " is not " + cells[1]);
      }
    }
    return links.problems;
  }

  /** Cells of a line of a table; none of another line. */
  private static String[] cells(String line) {
    return line.startsWith("|")
        ? Stream.of(line.substring(1).split("\\|")).map(String::strip).toArray(String[]::new)
        : new String[0];
  }

  private void checkPage(Path page) throws IOException {
    String text = Files.readString(page);
    for (MatchResult link : matches(LINK, prose(text))) {
      checkLink(page, link.group(1));
    }
    for (MatchResult path : matches(ownPath(), text)) {
      if (!Files.exists(root.resolve(path.group()))) {
        report(page, path.group());
      }
    }
  }

  private void checkLink(Path page, String link) throws IOException {
    if (link.matches("[a-z]+:.*")) {
      return;
    }
    int hash = link.indexOf('#');
    String file = hash < 0 ? link : link.substring(0, hash);
    Path target = file.isEmpty() ? page : page.resolveSibling(file).normalize();
    if (!Files.exists(target)
        || (hash >= 0 && !anchors(target).contains(link.substring(hash + 1)))) {
      report(page, link);
    }
  }

  /**
   * Paths that begin with a folder of the project. What builds and runs leave is none of it: the
   * module runs shares its name with their folder.
   */
  private Pattern ownPath() throws IOException {
    try (Stream<Path> folders = Files.list(root)) {
      String own =
          folders
              .filter(Files::isDirectory)
              .map(folder -> folder.getFileName().toString())
              .filter(name -> name.matches("\\w[\\w-]*") && !name.equals("target"))
              .map(name -> name.equals("runs") ? "runs/src" : name)
              .collect(Collectors.joining("|"));
      return Pattern.compile("(?<![\\w/.$-])(?:" + own + ")/(?!target\\b)[\\w./-]*\\w(?![\\w*{])");
    }
  }

  private void checkJavadoc(Path source) throws IOException {
    for (MatchResult comment : matches(JAVADOC, Files.readString(source))) {
      String text =
          comment.group().replaceAll("\\s*\n\\s*\\*\\s*", " ").replaceAll("\\{@code |[}]", "");
      for (MatchResult reference : matches(REFERENCE, text)) {
        checkReference(source, reference);
      }
    }
  }

  private void checkReference(Path source, MatchResult reference) throws IOException {
    Path page = root.resolve("docs").resolve(reference.group(1));
    if (!Files.exists(page)) {
      report(source, reference.group());
    } else if (reference.group(2) != null) {
      String numbers = reference.group(2) + reference.group(3);
      for (String number : numbers.split("(,| and) ")) {
        if (!sections(page).contains(number)) {
          report(source, page.getFileName() + ", section " + number);
        }
      }
    }
  }

  private void checkClass(Path page, String code) throws IOException {
    Matcher named = CLASS.matcher(code);
    if (named.matches()) {
      Path source = source(named.group(1) + named.group(2));
      if (source == null || !hasAll(source, named.group(3))) {
        report(page, code);
      }
    } else if (PACKAGE.matcher(code).matches()
        && sources.keySet().stream().noneMatch(name -> name.startsWith(code + "."))) {
      report(page, code);
    }
  }

  /** Whether a source file has every name of a path such as {@code .Nested#member}. */
  private static boolean hasAll(Path source, String members) throws IOException {
    String text = Files.readString(source);
    return Stream.of(members.split("[.#]"))
        .allMatch(member -> text.matches("(?s).*\\b" + member + "\\b.*"));
  }

  /** The file of a class by its name, or the end of its qualified name. */
  private Path source(String name) {
    return sources.entrySet().stream()
        .filter(entry -> ("." + entry.getKey()).endsWith("." + name))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse(null);
  }

  private void report(Path where, String what) {
    problems.add(root.relativize(where) + ": " + what);
  }

  /** Anchors of a page's headings, as GitHub makes them. */
  private static Set<String> anchors(Path page) throws IOException {
    Set<String> anchors = new TreeSet<>();
    for (String heading : headings(page)) {
      anchors.add(
          heading.toLowerCase(Locale.ROOT).replaceAll("[^\\w -]", "").strip().replace(' ', '-'));
    }
    return anchors;
  }

  private static Set<String> sections(Path page) throws IOException {
    return headings(page).stream()
        .map(NUMBER::matcher)
        .filter(Matcher::matches)
        .map(heading -> heading.group(1))
        .collect(Collectors.toSet());
  }

  private static List<String> headings(Path page) throws IOException {
    return matches(HEADING, prose(Files.readString(page))).stream().map(h -> h.group(1)).toList();
  }

  private static String prose(String text) {
    return FENCE.matcher(text).replaceAll("");
  }

  private static List<MatchResult> matches(Pattern pattern, String text) {
    return pattern.matcher(text).results().toList();
  }

  private static List<Path> files(Path root, String ending) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .filter(file -> file.toString().endsWith(ending))
          .filter(file -> isSource(root.relativize(file)))
          .sorted()
          .toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static boolean isSource(Path file) {
    for (Path folder : file) {
      if (folder.toString().equals("target") || folder.toString().startsWith(".")) {
        return false;
      }
    }
    return true;
  }
}
