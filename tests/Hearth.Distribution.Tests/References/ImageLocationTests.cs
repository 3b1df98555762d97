using Hearth.Distribution.References;

namespace Hearth.Distribution.Tests.References;

public sealed class ImageLocationTests
{
    [Theory]
    [InlineData("python:3.13", ImageTransport.Registry, "", null, "docker.io/library/python:3.13")]
    [InlineData("docker://python:3.13", ImageTransport.Registry, "", null, "docker.io/library/python:3.13")]
    [InlineData("docker://q.io/a/b", ImageTransport.Registry, "", null, "q.io/a/b")]
    [InlineData("docker.io/library/oci:latest", ImageTransport.Registry, "", null, "docker.io/library/oci:latest")]
    [InlineData("oci:layout", ImageTransport.OciDirectory, "layout", null, null)]
    [InlineData("oci:/a/b:tag", ImageTransport.OciDirectory, "/a/b", "tag", null)]
    [InlineData("oci:/a/b:q.io/x:1", ImageTransport.OciDirectory, "/a/b", "q.io/x:1", null)]
    [InlineData("oci-archive:a.tar:t", ImageTransport.OciArchive, "a.tar", "t", null)]
    [InlineData("docker-archive:a.tar", ImageTransport.DockerArchive, "a.tar", null, null)]
    [InlineData("docker-archive:/x/a.tar:busybox", ImageTransport.DockerArchive, "/x/a.tar", null, "docker.io/library/busybox:latest")]
    [InlineData("docker-archive:/x/a.tar:q.io:5/b:1", ImageTransport.DockerArchive, "/x/a.tar", null, "q.io:5/b:1")]
    [InlineData("containers-storage:app", ImageTransport.ContainersStorage, "app", null, null)]
    [InlineData("containers-storage:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03", ImageTransport.ContainersStorage, "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03", null, null)]
    [InlineData("docker-daemon:q.io/app:1", ImageTransport.DockerDaemon, "q.io/app:1", null, null)]
    [InlineData("containerd:app:1", ImageTransport.Containerd, "app:1", null, null)]
    [InlineData("dir:/a:b", ImageTransport.Directory, "/a:b", null, null)]
    public void Places_are_written_as_skopeo_writes_them(string text, ImageTransport transport, string path, string? name, string? reference)
    {
        ImageLocation location = ImageLocation.Parse(text);

        Assert.Equal((transport, path, name, reference), (location.Transport, location.Path, location.Name, location.Reference?.ToString()));
        Assert.Equal(location, ImageLocation.Parse(location.ToString()));
    }

    [Theory]
    [InlineData("oci:", ImageError.InvalidRequest, "cannot use the image 'oci:': it names no path")]
    [InlineData("dir:", ImageError.InvalidRequest, "cannot use the image 'dir:': it names no path")]
    [InlineData("oci:a:", ImageError.InvalidRequest, "cannot use the image 'oci:a:': the name after the path is empty")]
    [InlineData("oci:a:b c", ImageError.InvalidRequest, "cannot use the image 'oci:a:b c': the name after the path has a space or a control character")]
    [InlineData("docker-archive:a:B", ImageError.InvalidRequest, "cannot use the image name 'B': a repository's name is in lower case")]
    [InlineData("docker://A", ImageError.InvalidRequest, "cannot use the image name 'A': a repository's name is in lower case")]
    [InlineData("ostree:x", ImageError.Unsupported, "cannot use the image 'ostree:x': Hearth does not read 'ostree:'; copy the image with 'skopeo copy ostree:x oci:DIRECTORY'")]
    [InlineData("containerd:", ImageError.InvalidRequest, "cannot use the image 'containerd:': it names no image")]
    [InlineData("docker-daemon:--help", ImageError.InvalidRequest, "cannot use the image name '--help': a repository's name has lower-case letters and digits, with '.', '_', '__' or '-' only between them")]
    public void Other_texts_are_refused(string text, ImageError error, string message)
    {
        ImageException exception = Assert.Throws<ImageException>(() => ImageLocation.Parse(text));

        Assert.Equal((error, message), (exception.Error, exception.Message));
    }
}
