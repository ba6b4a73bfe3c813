package io.github.cola4j.nn.kernels.cuda.device;

import io.github.cola4j.io.AtomicFile;
import io.github.cola4j.io.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The compiled kernels. They are kept in a folder of the user's in {@code java.io.tmpdir}, each in
 * a file named by the hash of its text, NVRTC's version and the target.
 */
final class CudaBinaries {
  private static final Logger LOG = LoggerFactory.getLogger(CudaBinaries.class);

  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");

  private static final Map<CudaCompiler.Target, Map<String, byte[]>> KEPT =
      new ConcurrentHashMap<>();

  private CudaBinaries() {}

  /** Those of all resources by the resources' names, compiled if nobody has yet. */
  static Map<String, byte[]> of(CudaCompiler.Target target) {
    return KEPT.computeIfAbsent(target, key -> all(key, folder()));
  }

  /**
   * Those of all resources.
   *
   * @param folder where they are kept; null for nowhere
   */
  static Map<String, byte[]> all(CudaCompiler.Target target, Path folder) {
    List<byte[]> codes =
        CudaSources.names().parallelStream()
            .map(name -> code(name, CudaSources.text(name), target, folder))
            .toList();
    Map<String, byte[]> all = new LinkedHashMap<>();
    for (int i = 0; i < codes.size(); i++) {
      all.put(CudaSources.names().get(i), codes.get(i));
    }
    return all;
  }

  private static byte[] code(String name, String text, CudaCompiler.Target target, Path folder) {
    if (folder == null) {
      return CudaCompiler.compile(name, text, target).code();
    }
    MessageDigest digest = Sha256.digest();
    String what = CudaCompiler.version() + "\n" + target.option() + "\n" + text;
    digest.update(what.getBytes(StandardCharsets.UTF_8));
    Path file = folder.resolve(name + "-" + Sha256.of(digest));
    try {
      if (Files.exists(file)) {
        return Files.readAllBytes(file);
      }
    } catch (IOException e) {
      LOG.warn("cannot read {}, compiling {}.cu again: {}", file, name, e.toString());
    }
    byte[] code = CudaCompiler.compile(name, text, target).code();
    try {
      AtomicFile.write(file, channel -> writeAll(channel, ByteBuffer.wrap(code)));
    } catch (IOException e) {
      LOG.warn("cannot keep compiled kernels in {}: {}", file, e.toString());
    }
    return code;
  }

  private static void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** A folder that only this user can write to: what lies there is executed. Null if none. */
  private static Path folder() {
    Path folder =
        Path.of(System.getProperty("java.io.tmpdir"))
            .resolve("cola4j-cuda-" + System.getProperty("user.name"));
    try {
      if (!folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
        return null;
      }
      Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
      return folder;
    } catch (FileAlreadyExistsException e) {
      return isOwn(folder) ? folder : null;
    } catch (IOException e) {
      LOG.warn("compiled kernels are not kept: {}", e.toString());
      return null;
    }
  }

  private static boolean isOwn(Path folder) {
    try {
      Path mine = Files.createTempFile("cola4j", null);
      try {
        boolean own =
            Files.getOwner(folder).equals(Files.getOwner(mine))
                && Files.getPosixFilePermissions(folder).equals(OWNER_ONLY);
        if (!own) {
          LOG.warn(
              "compiled kernels are not kept: {} belongs to another user, or others may write to"
                  + " it",
              folder);
        }
        return own;
      } finally {
        Files.delete(mine);
      }
    } catch (IOException e) {
      LOG.warn("compiled kernels are not kept: {}", e.toString());
      return false;
    }
  }
}
