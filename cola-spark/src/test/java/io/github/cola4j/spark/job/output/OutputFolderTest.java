package io.github.cola4j.spark.job.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cola4j.spark.claim.EndedProcess;
import io.github.cola4j.spark.claim.ProcessIdentity;
import io.github.cola4j.spark.job.spec.InvalidJobException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputFolderTest {
  @TempDir Path folder;

  private static Output create(Path target, boolean overwrite) {
    return Output.create(target.toString(), overwrite, Output.JOB_MARKS);
  }

  @Test
  void appearsAtCommitAndReplacesTheOldOne() throws IOException {
    Path target = folder.resolve("a/out");
    Path left = Files.createDirectories(folder.resolve("a/out.running-" + EndedProcess.entry()));
    Files.writeString(left.resolve("metrics.jsonl"), "of a run that was killed");
    Path mine = Files.createDirectories(folder.resolve("a/out.running/mine"));
    Files.createDirectories(target);
    Files.writeString(target.resolve("old"), "old");
    Files.writeString(target.resolve("results.json"), "{}");
    Files.writeString(target.resolve("metrics.jsonl"), "{}");
    try (Output output = create(target, true)) {
      assertThat(left).doesNotExist();
      Files.writeString(output.path().resolve("new"), "new");
      assertThat(target.resolve("old")).hasContent("old");
      output.commit();
    }
    assertThat(target.resolve("new")).hasContent("new");
    assertThat(target.resolve("old")).doesNotExist();
    assertThat(mine).exists();
    assertThat(names(folder.resolve("a"))).containsExactly("out", "out.running");
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static Path result(Path folder, String content) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("results.json"), content);
    Files.writeString(folder.resolve("metrics.jsonl"), content);
    return folder;
  }

  @Test
  void oneRunAtATime() throws IOException {
    Path target = folder.resolve("out");
    try (Output first = create(target, false)) {
      Path link = Files.createSymbolicLink(folder.resolve("link"), folder);
      assertThatThrownBy(() -> create(link.resolve("out"), true))
          .isInstanceOf(InvalidJobException.class)
          .hasMessageContainingAll(
              "output " + target + ": another run writes to it, process ",
              String.valueOf(ProcessHandle.current().pid()),
              "wait until it has ended, stop it, or name another place");
      result(first.path(), "first");
      first.commit();
    }
    create(target, true).close();
    assertThat(target.resolve("results.json")).hasContent("first");
  }

  @Test
  void whatAKilledRunHadRenamedIsFinished() throws IOException {
    Path target = folder.resolve("out");
    String killed = EndedProcess.entry();
    // killed between its two renames: all of the new one had been written
    result(folder.resolve("out.old-" + killed), "old");
    result(folder.resolve("out.running-" + killed), "new");
    assertThatThrownBy(() -> create(target, false)).hasMessageContaining("not empty");
    assertThat(target.resolve("results.json")).hasContent("new");
    assertThat(names(folder)).containsExactly("out");
    // killed while the old one was deleted
    result(folder.resolve("out.old-" + killed), "old");
    create(target, true).close();
    assertThat(target.resolve("results.json")).hasContent("new");
    assertThat(names(folder)).containsExactly("out");
    // somebody has deleted the new one
    Files.move(target, folder.resolve("out.old-" + killed));
    Output.claim(target.toString(), Output.JOB_MARKS).close();
    assertThat(target.resolve("results.json")).hasContent("new");
    assertThat(names(folder)).containsExactly("out");
  }

  @Test
  void whatIsNotRecognisablyOursIsNotTouched() throws IOException {
    Path target = folder.resolve("out");
    ProcessIdentity self = ProcessIdentity.self();
    String elsewhere = new ProcessIdentity("other", 1, 1, self.boot(), self.space()) + "-0123abcd";
    List<String> kept =
        List.of(
            "out.old",
            "out.old-1",
            "out.old-" + elsewhere,
            "out.running",
            "out.running-x",
            "out.tmp",
            "out2.running-" + EndedProcess.entry());
    for (String name : kept) {
      result(folder.resolve(name), "mine");
    }
    try (Output output = create(target, false)) {
      result(output.path(), "new");
      output.commit();
    }
    assertThat(names(folder)).contains("out").containsAll(kept).hasSize(kept.size() + 1);
    for (String name : kept) {
      assertThat(folder.resolve(name).resolve("results.json")).hasContent("mine");
    }
    Path claim = Files.createDirectory(folder.resolve("out.running-" + elsewhere));
    assertThatThrownBy(() -> create(target, true))
        .isInstanceOf(InvalidJobException.class)
        .hasMessageContainingAll(
            "a run on another machine or in another container has it, process 1 on other",
            "delete " + claim + " and start again");
    assertThat(target.resolve("results.json")).hasContent("new");
  }

  @Test
  void aLinkStaysAndWhatItNamesIsReplaced() throws IOException {
    Path real = result(folder.resolve("disk/real"), "old");
    Path link = Files.createSymbolicLink(folder.resolve("out"), real);
    try (Output output = create(link, true)) {
      result(output.path(), "new");
      output.commit();
    }
    assertThat(link).isSymbolicLink();
    assertThat(real.resolve("results.json")).hasContent("new");
    assertThat(names(folder)).containsExactly("disk", "out");
    assertThat(names(folder.resolve("disk"))).containsExactly("real");
  }

  @Test
  void placesWhereNoResultCanAppearAreRefusedAtTheStart() throws IOException {
    Path dangling = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("nothing"));
    assertThatThrownBy(() -> create(dangling, true))
        .isInstanceOf(InvalidJobException.class)
        .hasMessageContaining("is a link to what is not there");
    assertThat(folder.resolve("nothing")).doesNotExist();
    Path file = Files.writeString(folder.resolve("file"), "x");
    assertThatThrownBy(() -> create(file.resolve("out"), false))
        .isInstanceOf(InvalidJobException.class)
        .hasMessageContainingAll("file/out cannot be written: ", "name another place")
        .hasMessageNotContaining("make room");
    assertThatThrownBy(() -> create(Path.of("/proc/cola/out"), false))
        .isInstanceOf(InvalidJobException.class)
        .hasMessageContaining("/proc/cola/out cannot be written: ");
    assertThatThrownBy(() -> create(Path.of("/proc"), true))
        .isInstanceOf(InvalidJobException.class)
        .hasMessageContainingAll("/proc is a mount point", "name a folder in it, such as /proc/");
    assertThatThrownBy(() -> create(folder.resolve("x".repeat(240)), false))
        .isInstanceOf(InvalidJobException.class)
        .hasMessageContainingAll("cannot be written: ", "name another place");
    assertThat(names(folder)).containsExactly("file", "link");
  }

  @Test
  void aFolderThatWasTakenAwayIsNotPutInItsPlace() throws IOException {
    Path target = result(folder.resolve("out"), "old");
    try (Output output = create(target, true)) {
      Files.delete(output.path());
      assertThatThrownBy(output::commit)
          .hasMessageContainingAll("cannot move", "it has been deleted, perhaps by another run");
    }
    assertThat(target.resolve("results.json")).hasContent("old");
    assertThat(names(folder)).containsExactly("out");
  }

  @Test
  void withoutACommitNothingStays() throws IOException {
    Path target = folder.resolve("out");
    try (Output output = create(target, false)) {
      Files.createDirectories(output.path().resolve("adapters/x"));
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void refusesWhatIsTaken() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "x");
    for (boolean overwrite : new boolean[] {false, true}) {
      assertThatThrownBy(() -> create(folder, overwrite))
          .isInstanceOf(InvalidJobException.class)
          .hasMessageContainingAll("is not empty and has no results.json", "another folder");
    }
    Files.writeString(folder.resolve("results.json"), "{}");
    assertThatThrownBy(() -> create(folder, true))
        .isInstanceOf(InvalidJobException.class)
        .hasMessageContaining("is not empty and has no metrics.jsonl");
    Files.writeString(folder.resolve("metrics.jsonl"), "{}");
    assertThatThrownBy(() -> create(folder, false))
        .isInstanceOf(InvalidJobException.class)
        .hasMessageContaining("is not empty; name another folder, or allow --overwrite");
    Output.requireFree(folder.toString(), true, Output.JOB_MARKS);
    assertThatThrownBy(() -> create(file, true))
        .isInstanceOf(InvalidJobException.class)
        .hasMessageContaining("is a file");
    Output.requireFree(
        Files.createDirectory(folder.resolve("empty")).toString(), false, Output.JOB_MARKS);
  }
}
