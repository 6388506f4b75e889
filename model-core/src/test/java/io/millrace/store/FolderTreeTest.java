package io.millrace.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderTreeTest {

  @TempDir Path dir;

  /** Law: all in a folder is deleted, and nothing beside it, nor what a link in it leads to. */
  @Test
  void deletesAFolderAndWhatIsInIt() throws IOException {
    Path beside = Files.createFile(dir.resolve("beside"));
    Path folder = dir.resolve("a");
    Path deep = Files.createDirectories(folder.resolve("b/c"));
    Files.createFile(deep.resolve("file"));
    Files.createSymbolicLink(folder.resolve("link"), beside);
    FolderTree.delete(folder);
    assertThat(folder).doesNotExist();
    assertThat(beside).exists();
    FolderTree.delete(folder);
  }
}
