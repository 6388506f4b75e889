package io.millrace.counts;

import java.io.IOException;

/** Stores pages of counts that are not on the heap, for example in a state backend. */
public interface PageStore {

  /**
   * Reads a page.
   *
   * @param shard the shard it belongs to
   * @param table the table of that shard
   * @param page the page of that table
   * @return the bytes that were written last
   * @throws IOException if there is no such page, or it cannot be read
   */
  byte[] read(int shard, long table, int page) throws IOException;

  /** Writes a page in place of an earlier one. The caller does not change the bytes afterwards. */
  void write(int shard, long table, int page, byte[] bytes) throws IOException;

  /** Removes a page that was written. */
  void remove(int shard, long table, int page) throws IOException;

  /** Removes all pages of a table. */
  void removeAll(int shard, long table) throws IOException;
}
