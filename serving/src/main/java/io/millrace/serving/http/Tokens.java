package io.millrace.serving.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;

/**
 * Bearer tokens of a server: who may score, and who may choose the versions that score.
 *
 * @param scoring what requests to score and for information must show; empty if all may
 * @param admin what requests that change something must show; empty if none may. It is accepted for
 *     scoring too
 */
public record Tokens(Optional<String> scoring, Optional<String> admin) {

  /** Everyone may score, and nobody may change anything. */
  public static final Tokens NONE = new Tokens(Optional.empty(), Optional.empty());

  private static final String SCHEME = "Bearer ";

  /** Fewest characters of a token: shorter ones can be guessed. */
  private static final int SHORTEST = 16;

  public Tokens {
    scoring.ifPresent(Tokens::checked);
    admin.ifPresent(Tokens::checked);
  }

  /**
   * A token, if it can be one.
   *
   * @throws IllegalArgumentException if it is short, or has other characters than visible ASCII
   */
  public static String checked(String token) {
    if (!token.matches("[!-~]{" + SHORTEST + ",}")) {
      throw new IllegalArgumentException(
          "a token must have at least "
              + SHORTEST
              + " characters, ASCII without blanks, but has "
              + token.length());
    }
    return token;
  }

  /**
   * Whether a request may do what it asks for.
   *
   * @param header its header {@code Authorization}, or null
   * @return the answer that refuses it, or null
   */
  Reply refusal(Route.Access access, String header) {
    boolean isAdmin = shows(header, admin);
    return switch (access) {
      case ALL -> null;
      case SCORING ->
          scoring.isEmpty() || isAdmin || shows(header, scoring) ? null : unauthorized("a token");
      case ADMIN -> isAdmin ? null : adminRefusal(header);
    };
  }

  private Reply adminRefusal(String header) {
    if (admin.isEmpty()) {
      return Reply.error(
          403,
          "versions cannot be chosen over HTTP: the server was started without a token for it"
              + " (--admin-token-file)");
    }
    return scoring.isPresent() && shows(header, scoring)
        ? Reply.error(403, "this token may score, but not choose versions")
        : unauthorized("the administrators' token");
  }

  private static Reply unauthorized(String what) {
    return Reply.error(401, "the header 'Authorization: Bearer TOKEN' must show " + what)
        .with("WWW-Authenticate", "Bearer");
  }

  /** Takes equally long whatever the first difference is. */
  private static boolean shows(String header, Optional<String> token) {
    return token.isPresent()
        && header != null
        && header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
        && MessageDigest.isEqual(
            hash(header.substring(SCHEME.length()).strip()), hash(token.get()));
  }

  private static byte[] hash(String token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }

  /** Says which tokens there are, never what they are. */
  @Override
  public String toString() {
    return "Tokens[scoring=" + scoring.isPresent() + ", admin=" + admin.isPresent() + "]";
  }
}
