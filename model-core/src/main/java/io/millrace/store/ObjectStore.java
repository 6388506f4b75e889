package io.millrace.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.NoSuchFileException;
import java.util.List;

/**
 * Objects by their keys, below one root. It promises no more than object stores such as S3 do:
 *
 * <ul>
 *   <li>A reader sees an object whole or not at all, whenever its writer dies.
 *   <li>What was written is read by those who know its key, at once.
 *   <li>There is no rename, and nothing is appended. An object is written once, and one that others
 *       point to never changes; a small pointer is overwritten whole.
 *   <li>A list may be stale: an object that is new may be absent from it, and one that is deleted
 *       may be in it. So a list serves to clean up and to show, and pointers to find.
 * </ul>
 *
 * <p>A key is one or more names with {@code /} between them, such as {@code v000007/manifest.json};
 * a name is not empty and not {@code .} or {@code ..}. A folder is what keys have before a {@code
 * /}; it is there as long as objects are in it, and may stay when it is empty. The empty folder
 * name is the root.
 */
public interface ObjectStore {

  /** Writes the content of an object. */
  @FunctionalInterface
  interface Content {

    /**
     * Writes it from the beginning; called once.
     *
     * @param out need not be closed, nor buffered
     * @throws IOException if it cannot be had; the object is then not written
     */
    void writeTo(OutputStream out) throws IOException;

    /** Bytes that are there already. */
    static Content of(byte[] bytes) {
      return out -> out.write(bytes);
    }
  }

  /**
   * Writes an object, unless there is one of this key; the first one wins. Of writers at the same
   * time exactly one wins on a local disk. Where the store has no such operation, all of them may
   * believe that they have, and one object stays; so those must write the same, or be one.
   *
   * @return whether it was written
   * @throws IllegalArgumentException if this is no key
   */
  boolean putIfAbsent(String key, Content content) throws IOException;

  /**
   * Writes an object in place of the one of this key, if there is one.
   *
   * @throws IllegalArgumentException if this is no key
   */
  void overwrite(String key, Content content) throws IOException;

  /**
   * Opens an object for reading; the caller closes the stream. For an object that is overwritten,
   * use {@link #read}.
   *
   * @throws NoSuchFileException if there is none
   * @throws IllegalArgumentException if this is no key
   */
  InputStream open(String key) throws IOException;

  /**
   * Reads a small object, such as a pointer.
   *
   * @throws NoSuchFileException if there is none
   */
  default byte[] read(String key) throws IOException {
    try (InputStream in = open(key)) {
      return in.readAllBytes();
    }
  }

  /** Whether there is an object, not a folder, of this key. */
  boolean exists(String key) throws IOException;

  /**
   * Names of what is directly in a folder, sorted; those of folders end in {@code /}. None if there
   * is no such folder. May be stale.
   */
  List<String> list(String folder) throws IOException;

  /** Deletes an object, if there is one. */
  void delete(String key) throws IOException;

  /**
   * The objects in a folder, as a store of its own.
   *
   * @throws IllegalArgumentException if this is no key
   */
  ObjectStore below(String folder);

  /**
   * Whether each call is a request to another machine, which takes a while and may cost money; so
   * whoever looks for something must not look as often as on a disk.
   */
  boolean remote();

  /** The path or URI of a key or folder, for messages; the empty key is the root. */
  String place(String key);

  /**
   * Checks a key.
   *
   * @return it
   * @throws IllegalArgumentException if a name in it is empty, {@code .} or {@code ..}
   */
  static String checked(String key) {
    for (String name : key.split("/", -1)) {
      if (name.isEmpty() || name.equals(".") || name.equals("..")) {
        throw new IllegalArgumentException(
            "a key must be names with / between them, none of them empty, . or .., but was '"
                + key
                + "'");
      }
    }
    return key;
  }
}
