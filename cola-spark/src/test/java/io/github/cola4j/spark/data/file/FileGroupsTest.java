package io.github.cola4j.spark.data.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class FileGroupsTest {
  private static List<List<Long>> groups(long... lengths) {
    List<DataFile> files =
        LongStream.of(lengths)
            .mapToObj(n -> new DataFile("file", "csv", DataFile.UTF_8, n))
            .toList();
    return FileGroups.of(files).stream()
        .map(group -> group.stream().map(DataFile::length).toList())
        .toList();
  }

  @Test
  void smallNeighboursAreReadTogetherAndLargeFilesAlone() {
    long most = FileGroups.MOST_BYTES;

    assertThat(groups()).isEmpty();
    assertThat(groups(1, 2, 3)).containsExactly(List.of(1L, 2L, 3L));
    assertThat(groups(1, most, most, 2, most - 2, 1))
        .containsExactly(
            List.of(1L), List.of(most), List.of(most), List.of(2L, most - 2), List.of(1L));
    assertThat(groups(2 * most, 1)).containsExactly(List.of(2 * most), List.of(1L));
  }

  @Test
  void aSparkTaskOpensSoManyFilesAtMost() {
    assertThat(groups(IntStream.range(0, 1200).mapToLong(i -> 9).toArray()))
        .hasSize(19)
        .allMatch(group -> group.size() <= FileGroups.MOST_FILES);
  }
}
