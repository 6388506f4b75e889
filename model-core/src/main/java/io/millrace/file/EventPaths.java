package io.millrace.file;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.PatternSyntaxException;

/**
 * Finds the files of folders and patterns, each in the order of its path. Hidden files and folders
 * are skipped unless the pattern's part starts as they do.
 */
final class EventPaths {

  private static final String BELOW = "**";

  private EventPaths() {}

  /** What a folder holds: its files, and how many folders. */
  record Folder(List<Path> files, int folders) {}

  static boolean isPattern(String given) {
    return given.chars().anyMatch(c -> "*?[{".indexOf(c) >= 0);
  }

  static Folder list(Path folder) throws IOException {
    List<Path> files = new ArrayList<>();
    int folders = 0;
    for (Path entry : entries(folder, "*")) {
      if (Files.isDirectory(entry)) {
        folders++;
      } else {
        files.add(entry);
      }
    }
    return new Folder(files, folders);
  }

  /**
   * The files and folders that match a pattern; of {@code **} at its end, only files.
   *
   * @throws IllegalArgumentException if it is no pattern
   */
  static List<Path> matching(String pattern) throws IOException {
    Path path = Path.of(pattern);
    List<Path> found = List.of(path.isAbsolute() ? path.getRoot() : Path.of(""));
    for (Path part : path) {
      List<Path> next = new ArrayList<>();
      for (Path base : found) {
        next.addAll(step(base, part.toString()));
      }
      found = next;
    }
    if (path.getFileName() != null && path.getFileName().toString().equals(BELOW)) {
      found = filesIn(found);
    }
    return found.stream().sorted().toList();
  }

  /** The paths in {@code base} that match one part of a pattern. */
  private static List<Path> step(Path base, String part) throws IOException {
    if (part.equals(BELOW)) {
      List<Path> folders = new ArrayList<>();
      addFolders(base, folders);
      return folders;
    }
    if (isPattern(part)) {
      return Files.isDirectory(orHere(base)) ? entries(base, part) : List.of();
    }
    Path path = base.resolve(part);
    return Files.exists(path) ? List.of(path) : List.of();
  }

  private static void addFolders(Path folder, List<Path> folders) throws IOException {
    folders.add(folder);
    for (Path entry : entries(folder, "*")) {
      if (Files.isDirectory(entry) && !Files.isSymbolicLink(entry)) {
        addFolders(entry, folders);
      }
    }
  }

  private static List<Path> filesIn(List<Path> folders) throws IOException {
    List<Path> files = new ArrayList<>();
    for (Path folder : folders) {
      files.addAll(list(folder).files());
    }
    return files;
  }

  private static List<Path> entries(Path folder, String part) throws IOException {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(orHere(folder), part)) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        if (!isHidden(name) || name.charAt(0) == part.charAt(0)) {
          found.add(folder.resolve(name));
        }
      }
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "--events must be a file or a pattern such as 'logs/*.csv' but was '" + part + "'", e);
    }
    return found.stream().sorted().toList();
  }

  private static boolean isHidden(String name) {
    return name.startsWith(".") || name.startsWith("_");
  }

  private static Path orHere(Path folder) {
    return folder.toString().isEmpty() ? Path.of(".") : folder;
  }
}
