package io.github.cola4j.spark.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocationsTest {
  @TempDir Path folder;

  @Test
  void aSchemeIsNeverALocalFolder() {
    for (String remote : new String[] {"hdfs://host/a", "s3a://b/c", "x-y.z+1:/a", "ab:c"}) {
      assertThat(Locations.isRemote(remote)).as(remote).isTrue();
    }
    for (String local : new String[] {"a", "/a:b", "./a:b", "C:\\a", "file:/a", "file:///a b"}) {
      assertThat(Locations.isRemote(local)).as(local).isFalse();
    }
    assertThat(Locations.local("file:///a b")).isEqualTo(Path.of("/a b"));
    assertThat(Locations.local("file:/a")).isEqualTo(Path.of("/a"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Locations.local("file://host/a"))
        .withMessageContaining("names the machine host");
  }

  @Test
  void aFileThatWasSubmittedIsFoundByItsName() throws Exception {
    Path here = Files.createFile(folder.resolve("here.yaml"));
    System.setProperty("spark.files", "hdfs://host/jobs/job.yaml,hdfs://host/x.yaml#other.yaml");
    try {
      assertThat(SubmittedFiles.find("job.yaml")).isEqualTo("hdfs://host/jobs/job.yaml");
      assertThat(SubmittedFiles.find("other.yaml")).isEqualTo("hdfs://host/x.yaml");
      assertThat(SubmittedFiles.find("x.yaml")).isEqualTo("x.yaml");
      assertThat(SubmittedFiles.find(here.toString())).isEqualTo(here.toString());
      assertThat(SubmittedFiles.find("s3a://b/job.yaml")).isEqualTo("s3a://b/job.yaml");
    } finally {
      System.clearProperty("spark.files");
    }
  }
}
