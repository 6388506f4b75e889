package io.millrace.serving.http;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The paths of the server, each with its method and with who may call it. */
enum Route {
  SCORE("/score", "POST", Access.SCORING),
  SCORE_V1("/v1/score", "POST", Access.SCORING),
  SCORE_ARM("/v1/models/{arm}:score", "POST", Access.SCORING),
  MODELS("/v1/models", "GET", Access.SCORING),
  MODEL("/v1/models/{arm}", "GET", Access.SCORING),
  ACTIVATE("/v1/models/{arm}/{version}:activate", "POST", Access.ADMIN),
  UNPIN("/v1/models/{arm}:unpin", "POST", Access.ADMIN),
  HEALTH("/health", "GET", Access.ALL),
  LIVE("/health/live", "GET", Access.ALL),
  READY("/health/ready", "GET", Access.ALL),
  VERSION("/version", "GET", Access.SCORING),
  METRICS("/metrics", "GET", Access.SCORING),
  OPENAPI("/openapi.json", "GET", Access.SCORING);

  /** Who may call a path. */
  enum Access {
    /** Everyone. */
    ALL,
    /** Who has a token, if one is set. */
    SCORING,
    /** Who has the token of administrators; nobody if none is set. */
    ADMIN
  }

  /**
   * A path that was asked for.
   *
   * @param route what it is
   * @param parts the parts in braces, in order
   */
  record Match(Route route, List<String> parts) {}

  private final String template;
  private final String method;
  private final Access access;
  private final Pattern pattern;

  Route(String template, String method, Access access) {
    this.template = template;
    this.method = method;
    this.access = access;
    String parts = template.replace(".", "\\.").replaceAll("\\{\\w+}", "([A-Za-z0-9._-]{1,64})");
    this.pattern = Pattern.compile(parts);
  }

  /** The route of a path. */
  static Optional<Match> find(String path) {
    return Arrays.stream(values()).flatMap(route -> route.match(path).stream()).findFirst();
  }

  private Optional<Match> match(String path) {
    Matcher matcher = pattern.matcher(path);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    List<String> parts = new java.util.ArrayList<>();
    for (int g = 1; g <= matcher.groupCount(); g++) {
      parts.add(matcher.group(g));
    }
    return Optional.of(new Match(this, parts));
  }

  /** The path, with names in braces for what varies; a label of metrics. */
  String template() {
    return template;
  }

  /** Who may call it. */
  Access access() {
    return access;
  }

  /** Whether a method is accepted. */
  boolean accepts(String asked) {
    return asked.equals(method) || (asked.equals("HEAD") && method.equals("GET"));
  }

  /** The methods, as the header {@code Allow} lists them. */
  String allow() {
    return (method.equals("GET") ? "GET, HEAD" : method) + ", OPTIONS";
  }
}
