package io.github.cola4j.spark.job;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.StandardOpenOption;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.StreamSupport;

/**
 * The disk of a JVM that is started with {@code
 * -Djava.nio.file.spi.DefaultFileSystemProvider=…KillingFileSystem$Provider}. It counts what
 * changes files under {@code -Dkilling.under} and writes it to {@code -Dkilling.log}; before the
 * operation {@code -Dkilling.at}, from 1, the JVM ends as by {@code kill -9}: no handler runs.
 */
final class KillingFileSystem extends FileSystem {
  private final FileSystem disk;
  private final Provider provider;

  private KillingFileSystem(FileSystem disk, Provider provider) {
    this.disk = disk;
    this.provider = provider;
  }

  /** Counts and kills. */
  public static final class Provider extends FileSystemProvider {
    private static final int KILLED = 137;
    private final FileSystemProvider disk;
    private final KillingFileSystem system;
    private final AtomicInteger count = new AtomicInteger();

    /** What the JDK calls with its own provider. */
    public Provider(FileSystemProvider disk) {
      this.disk = disk;
      this.system = new KillingFileSystem(disk.getFileSystem(URI.create("file:///")), this);
    }

    private void operation(String name, Path... paths) throws IOException {
      String under = System.getProperty("killing.under");
      if (under == null || !paths[0].toAbsolutePath().toString().startsWith(under)) {
        return;
      }
      if (count.incrementAndGet() == Integer.getInteger("killing.at", 0)) {
        Runtime.getRuntime().halt(KILLED);
      }
      String log = System.getProperty("killing.log");
      if (log != null) {
        StringBuilder line = new StringBuilder(name);
        for (Path path : paths) {
          line.append(' ').append(path);
        }
        Path file = disk.getFileSystem(URI.create("file:///")).getPath(log);
        Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      }
    }

    private static Path plain(Path path) {
      return path instanceof Counted counted ? counted.path : path;
    }

    private Path counted(Path path) {
      return path == null ? null : new Counted(path, system);
    }

    private static boolean writes(Set<? extends OpenOption> options) {
      return options.contains(StandardOpenOption.WRITE)
          || options.contains(StandardOpenOption.APPEND);
    }

    @Override
    public String getScheme() {
      return disk.getScheme();
    }

    @Override
    public FileSystem newFileSystem(URI uri, Map<String, ?> environment) throws IOException {
      return disk.newFileSystem(uri, environment);
    }

    @Override
    public FileSystem getFileSystem(URI uri) {
      return system;
    }

    @Override
    public Path getPath(URI uri) {
      return counted(disk.getPath(uri));
    }

    @Override
    public SeekableByteChannel newByteChannel(
        Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
        throws IOException {
      if (writes(options)) {
        operation("write", path);
      }
      return disk.newByteChannel(plain(path), options, attributes);
    }

    @Override
    public FileChannel newFileChannel(
        Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
        throws IOException {
      if (writes(options)) {
        operation("write", path);
      }
      return disk.newFileChannel(plain(path), options, attributes);
    }

    @Override
    public DirectoryStream<Path> newDirectoryStream(
        Path folder, DirectoryStream.Filter<? super Path> filter) throws IOException {
      DirectoryStream<Path> stream =
          disk.newDirectoryStream(plain(folder), path -> filter.accept(counted(path)));
      return new DirectoryStream<>() {
        @Override
        public Iterator<Path> iterator() {
          return StreamSupport.stream(stream.spliterator(), false)
              .map(Provider.this::counted)
              .iterator();
        }

        @Override
        public void close() throws IOException {
          stream.close();
        }
      };
    }

    @Override
    public void createDirectory(Path folder, FileAttribute<?>... attributes) throws IOException {
      operation("mkdir", folder);
      disk.createDirectory(plain(folder), attributes);
    }

    @Override
    public void createSymbolicLink(Path link, Path target, FileAttribute<?>... attributes)
        throws IOException {
      operation("link", link);
      disk.createSymbolicLink(plain(link), plain(target), attributes);
    }

    @Override
    public void delete(Path path) throws IOException {
      operation("delete", path);
      disk.delete(plain(path));
    }

    @Override
    public void copy(Path from, Path to, CopyOption... options) throws IOException {
      operation("copy", to);
      disk.copy(plain(from), plain(to), options);
    }

    @Override
    public void move(Path from, Path to, CopyOption... options) throws IOException {
      operation("move", from, to);
      disk.move(plain(from), plain(to), options);
    }

    @Override
    public boolean isSameFile(Path path, Path other) throws IOException {
      return disk.isSameFile(plain(path), plain(other));
    }

    @Override
    public boolean isHidden(Path path) throws IOException {
      return disk.isHidden(plain(path));
    }

    @Override
    public FileStore getFileStore(Path path) throws IOException {
      return disk.getFileStore(plain(path));
    }

    @Override
    public void checkAccess(Path path, AccessMode... modes) throws IOException {
      disk.checkAccess(plain(path), modes);
    }

    @Override
    public Path readSymbolicLink(Path link) throws IOException {
      return counted(disk.readSymbolicLink(plain(link)));
    }

    @Override
    public <V extends FileAttributeView> V getFileAttributeView(
        Path path, Class<V> type, LinkOption... options) {
      return disk.getFileAttributeView(plain(path), type, options);
    }

    @Override
    public <A extends BasicFileAttributes> A readAttributes(
        Path path, Class<A> type, LinkOption... options) throws IOException {
      return disk.readAttributes(plain(path), type, options);
    }

    @Override
    public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options)
        throws IOException {
      return disk.readAttributes(plain(path), attributes, options);
    }

    @Override
    public void setAttribute(Path path, String attribute, Object value, LinkOption... options)
        throws IOException {
      disk.setAttribute(plain(path), attribute, value, options);
    }
  }

  /** A path whose files are reached by the provider that counts. */
  private static final class Counted implements Path {
    private final Path path;
    private final KillingFileSystem system;

    Counted(Path path, KillingFileSystem system) {
      this.path = path;
      this.system = system;
    }

    private Path of(Path other) {
      return other == null ? null : new Counted(other, system);
    }

    @Override
    public FileSystem getFileSystem() {
      return system;
    }

    @Override
    public boolean isAbsolute() {
      return path.isAbsolute();
    }

    @Override
    public Path getRoot() {
      return of(path.getRoot());
    }

    @Override
    public Path getFileName() {
      return of(path.getFileName());
    }

    @Override
    public Path getParent() {
      return of(path.getParent());
    }

    @Override
    public int getNameCount() {
      return path.getNameCount();
    }

    @Override
    public Path getName(int index) {
      return of(path.getName(index));
    }

    @Override
    public Path subpath(int from, int to) {
      return of(path.subpath(from, to));
    }

    @Override
    public boolean startsWith(Path other) {
      return path.startsWith(Provider.plain(other));
    }

    @Override
    public boolean endsWith(Path other) {
      return path.endsWith(Provider.plain(other));
    }

    @Override
    public Path normalize() {
      return of(path.normalize());
    }

    @Override
    public Path resolve(Path other) {
      return of(path.resolve(Provider.plain(other)));
    }

    @Override
    public Path relativize(Path other) {
      return of(path.relativize(Provider.plain(other)));
    }

    @Override
    public URI toUri() {
      return path.toUri();
    }

    @Override
    public Path toAbsolutePath() {
      return of(path.toAbsolutePath());
    }

    @Override
    public Path toRealPath(LinkOption... options) throws IOException {
      return of(path.toRealPath(options));
    }

    @Override
    public File toFile() {
      return path.toFile();
    }

    @Override
    public WatchKey register(
        WatchService watcher, WatchEvent.Kind<?>[] events, WatchEvent.Modifier... modifiers)
        throws IOException {
      return path.register(watcher, events, modifiers);
    }

    @Override
    public int compareTo(Path other) {
      return path.compareTo(Provider.plain(other));
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Counted counted && path.equals(counted.path);
    }

    @Override
    public int hashCode() {
      return path.hashCode();
    }

    @Override
    public String toString() {
      return path.toString();
    }
  }

  @Override
  public FileSystemProvider provider() {
    return provider;
  }

  @Override
  public void close() throws IOException {
    disk.close();
  }

  @Override
  public boolean isOpen() {
    return disk.isOpen();
  }

  @Override
  public boolean isReadOnly() {
    return disk.isReadOnly();
  }

  @Override
  public String getSeparator() {
    return disk.getSeparator();
  }

  @Override
  public Iterable<Path> getRootDirectories() {
    return StreamSupport.stream(disk.getRootDirectories().spliterator(), false)
        .map(provider::counted)
        .toList();
  }

  @Override
  public Iterable<FileStore> getFileStores() {
    return disk.getFileStores();
  }

  @Override
  public Set<String> supportedFileAttributeViews() {
    return disk.supportedFileAttributeViews();
  }

  @Override
  public Path getPath(String first, String... more) {
    return provider.counted(disk.getPath(first, more));
  }

  @Override
  public PathMatcher getPathMatcher(String pattern) {
    PathMatcher matcher = disk.getPathMatcher(pattern);
    return path -> matcher.matches(Provider.plain(path));
  }

  @Override
  public UserPrincipalLookupService getUserPrincipalLookupService() {
    return disk.getUserPrincipalLookupService();
  }

  @Override
  public WatchService newWatchService() throws IOException {
    return disk.newWatchService();
  }
}
