package io.github.cola4j.spark.model;

import io.github.cola4j.io.AtomicFile;
import io.github.cola4j.io.FolderFetcher;
import io.github.cola4j.io.Sha256;
import io.github.cola4j.model.pooling.SentenceTransformers;
import io.github.cola4j.spark.storage.HadoopFiles;
import io.github.cola4j.spark.storage.Locations;
import io.github.cola4j.spark.storage.StorageSettings;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileStatus;

/**
 * Models on Hadoop's file systems, each copied once to a machine, whose processes share the copy:
 * weights are mapped from it. Its folder is {@code spark.cola4j.modelCache}, by default in {@code
 * java.io.tmpdir}. A model whose files have changed is another one.
 */
public final class RemoteModels implements FolderFetcher {
  private static final String CACHE = "spark.cola4j.modelCache";

  /** What a Hugging Face folder has beside weights of other libraries. */
  private static final Pattern WANTED =
      Pattern.compile(".+\\.(json|jinja|txt|model|start|safetensors)");

  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");

  private static final String ONNX = ".onnx";
  private static final String SAFETENSORS = ".safetensors";

  /** For {@link java.util.ServiceLoader}. */
  public RemoteModels() {}

  /** Any URI but {@code classpath:}. */
  @Override
  public boolean accepts(String location) {
    return Locations.hasScheme(location) && !location.startsWith("classpath:");
  }

  @Override
  public Path fetch(String location) {
    if (!Locations.isRemote(location)) {
      return Locations.local(location);
    }
    org.apache.hadoop.fs.Path folder = new org.apache.hadoop.fs.Path(location);
    HadoopFiles files;
    try {
      files = HadoopFiles.of(folder);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("model " + e.getMessage(), e);
    }
    try {
      List<FileStatus> wanted = wanted(files, folder);
      Path cache = cache();
      Path copy = cache.resolve(key(files.qualified(folder).toString(), wanted));
      synchronized (RemoteModels.class) { // a lock is of the whole JVM
        try (FileChannel channel =
                FileChannel.open(
                    copy.resolveSibling(copy.getFileName() + ".lock"),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE);
            var lock = channel.lock()) {
          if (!Files.isDirectory(copy)) {
            copy(files, wanted, copy);
          }
        }
      }
      return copy;
    } catch (IOException e) {
      throw new UncheckedIOException(
          new IOException("cannot copy the model " + folder + ": " + e.getMessage(), e));
    }
  }

  private static Path cache() throws IOException {
    String named = StorageSettings.spark().get(CACHE, null);
    return named == null
        ? own(
            Path.of(System.getProperty("java.io.tmpdir"))
                .resolve("cola4j-models-" + System.getProperty("user.name")))
        : Files.createDirectories(Path.of(named));
  }

  /** A folder in one that all users share: nobody else may put a model in its place. */
  static Path own(Path cache) throws IOException {
    if (!cache.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      return Files.createDirectories(cache);
    }
    try {
      Files.createDirectory(cache, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
      return cache;
    } catch (FileAlreadyExistsException e) {
      Path mine = Files.createTempFile("cola4j", null);
      try {
        if (!Files.getOwner(cache).equals(Files.getOwner(mine))
            || !Files.getPosixFilePermissions(cache).equals(OWNER_ONLY)) {
          throw new IOException(
              String.format(
                  "%s belongs to another user, or others may write to it; name a folder in %s",
                  cache, CACHE));
        }
        return cache;
      } finally {
        Files.delete(mine);
      }
    }
  }

  private static List<FileStatus> wanted(HadoopFiles files, org.apache.hadoop.fs.Path folder)
      throws IOException {
    List<FileStatus> all = files.list(folder).stream().filter(FileStatus::isFile).toList();
    if (all.isEmpty()) {
      throw new IllegalArgumentException(
          "model '" + folder + "': there is no such folder, or no file in it");
    }
    List<FileStatus> pooling =
        files.list(new org.apache.hadoop.fs.Path(folder, SentenceTransformers.FOLDER)).stream()
            .filter(file -> file.isFile() && name(file).equals(SentenceTransformers.CONFIG))
            .toList();
    boolean hasTensors = all.stream().anyMatch(file -> name(file).endsWith(SAFETENSORS));
    Stream<FileStatus> wanted =
        all.stream()
            .filter(
                file ->
                    WANTED.matcher(name(file)).matches()
                        || (!hasTensors && name(file).endsWith(ONNX)))
            .sorted(Comparator.comparing(RemoteModels::name));
    return Stream.concat(wanted, pooling.stream()).toList();
  }

  private static String name(FileStatus file) {
    return file.getPath().getName();
  }

  /** A name that no two models share, whatever their places' names have in them. */
  private static String key(String location, List<FileStatus> files) {
    MessageDigest digest = Sha256.digest();
    StringBuilder all = new StringBuilder(location);
    for (FileStatus file : files) {
      all.append('\n').append(name(file)).append('\t').append(file.getLen()).append('\t');
      all.append(file.getModificationTime());
    }
    digest.update(all.toString().getBytes(StandardCharsets.UTF_8));
    return Sha256.of(digest);
  }

  private static void copy(HadoopFiles files, List<FileStatus> wanted, Path copy)
      throws IOException {
    Path aside = copy.resolveSibling(copy.getFileName() + ".part"); // ours: the lock is
    deleteFiles(aside);
    Files.createDirectories(aside);
    for (FileStatus file : wanted) {
      String parent = file.getPath().getParent().getName();
      Path to =
          parent.equals(SentenceTransformers.FOLDER)
              ? Files.createDirectories(aside.resolve(parent)).resolve(name(file))
              : aside.resolve(name(file));
      long bytes;
      try (InputStream in = files.open(file.getPath())) {
        bytes = Files.copy(in, to);
      }
      if (bytes != file.getLen()) {
        throw new IOException(
            String.format("%s: expected %,d bytes, got %,d", file.getPath(), file.getLen(), bytes));
      }
    }
    AtomicFile.move(aside, copy);
  }

  private static void deleteFiles(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      List<Path> left;
      try (Stream<Path> all = Files.list(folder)) {
        left = all.toList();
      }
      for (Path file : left) {
        if (Files.isDirectory(file)) {
          deleteFiles(file);
        } else {
          Files.delete(file);
        }
      }
      Files.delete(folder);
    }
  }
}
