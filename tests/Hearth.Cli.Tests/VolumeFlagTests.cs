using Hearth.Cli.Values;
using Hearth.Containers;
using Hearth.Containers.Volumes;

namespace Hearth.Cli.Tests;

/// <summary><c>-v</c> and <c>--mount</c>, as docker reads them.</summary>
public sealed class VolumeFlagTests
{
    [Theory]
    [InlineData("/src:/dst", VolumeKind.Bind, "/src", "/dst", false)]
    [InlineData("/src:/dst:rw,z", VolumeKind.Bind, "/src", "/dst", false)]
    [InlineData("/src/:/a/../dst/", VolumeKind.Bind, "/src/", "/dst", false)]
    [InlineData("/src:/dst:ro,live", VolumeKind.Bind, "/src", "/dst", true)]
    [InlineData("name:/dst", VolumeKind.Volume, "name", "/dst", false)]
    [InlineData("name:/dst:ro", VolumeKind.Volume, "name", "/dst", true)]
    [InlineData("type=bind,src=/src,dst=/dst", VolumeKind.Bind, "/src", "/dst", false)]
    [InlineData("type=bind,source=/src,target=/dst,readonly,live=true", VolumeKind.Bind, "/src", "/dst", true)]
    [InlineData("source=name,destination=/dst,ro=1", VolumeKind.Volume, "name", "/dst", true)]
    [InlineData("type=volume,source=name,target=/dst,readonly=false,volume-driver=local", VolumeKind.Volume, "name", "/dst", false)]
    public void A_source_that_is_a_path_is_shared_and_a_name_is_a_volume(string text, VolumeKind kind, string source, string destination, bool isReadOnly)
    {
        VolumeMount mount = Parse(text).Volume!;
        Assert.Equal((kind, source, destination, isReadOnly, false), (mount.Kind, mount.Source, mount.Destination, mount.ReadOnly, mount.IsAnonymous));
    }

    [Theory]
    [InlineData("/src:/dst:ro", true)]
    [InlineData("type=bind,source=/src,target=/dst,readonly", true)]
    [InlineData("type=bind,source=/src,target=/dst,readonly,bind-recursive=disabled", false)]
    public void A_bind_that_is_only_read_is_part_of_the_disk(string text, bool isRecursive) =>
        Assert.Equal(new RootfsBind("/dst", "/src", isRecursive), Parse(text).Bind);

    [Theory]
    [InlineData("/dst")]
    [InlineData("type=volume,target=/dst")]
    public void A_place_alone_is_a_volume_of_its_own(string text)
    {
        VolumeMount mount = Parse(text).Volume!;
        Assert.True(mount.IsAnonymous);
        Assert.Equal(64, mount.Source.Length);
        Assert.NotEqual(mount.Source, Parse(text).Volume!.Source);
    }

    [Fact]
    public void A_path_that_begins_with_a_dot_starts_from_where_the_caller_is() =>
        Assert.Equal((Path.GetFullPath("sub"), true), (VolumeFlag.Parse("./sub:/dst").HostPath, VolumeFlag.Parse("./sub:/dst").MakesSource));

    [Fact]
    public void A_missing_source_is_made_for_the_short_form_alone()
    {
        Assert.True(VolumeFlag.Parse("/src:/dst:ro").MakesSource);
        Assert.False(MountFlag.Parse("type=bind,source=/src,target=/dst").MakesSource);
    }

    [Fact]
    public void A_volume_has_options_of_its_own()
    {
        Assert.True(VolumeFlag.Parse("name:/dst:nocopy").Volume!.NoCopy);
        VolumeMount mount = MountFlag.Parse("source=name,target=/dst,volume-nocopy,volume-opt=size=2g").Volume!;
        Assert.Equal((true, new ByteSize(2L << 30)), (mount.NoCopy, mount.Size));
    }

    [Fact]
    public void A_tmpfs_is_the_guests_to_mount() => Assert.Equal(
        "/dst: noexec,nosuid,nodev,size=65536,mode=1777,ro",
        MountFlag.Parse("type=tmpfs,target=/dst,tmpfs-size=64k,tmpfs-mode=1777,readonly").Tmpfs is { } mount ? $"{mount.Destination}: {string.Join(',', mount.Options)}" : "");

    [Theory]
    [InlineData("")]
    [InlineData(":")]
    [InlineData("/src:")]
    [InlineData("/src:dst")]
    [InlineData("/src:/")]
    [InlineData("/src:/dst:ro:rw")]
    [InlineData("/src:/dst:ro,rw")]
    [InlineData("/src:/dst:shared")]
    [InlineData("a/b:/dst")]
    [InlineData("name:/dst:live")]
    [InlineData("dst")]
    public void What_is_no_volume_is_refused(string text) => Assert.Throws<FormatException>(() => VolumeFlag.Parse(text));

    [Theory]
    [InlineData("type=bind,target=/dst")]
    [InlineData("type=bind,source=/src")]
    [InlineData("type=bind,source=src,target=/dst")]
    [InlineData("type=bind,source=/src,target=/dst,colour=red")]
    [InlineData("type=bind,source=/src,target=/dst,tmpfs-size=1m")]
    [InlineData("type=bind,source=/src,target=/dst,bind-propagation=shared")]
    [InlineData("type=bind,source=/src,target=/dst,readonly=maybe")]
    [InlineData("type=npipe,source=/src,target=/dst")]
    [InlineData("type=tmpfs,source=/src,target=/dst")]
    [InlineData("type=tmpfs,target=/dst,tmpfs-mode=9")]
    [InlineData("source=a/b,target=/dst")]
    [InlineData("source=name,target=/dst,volume-driver=nfs")]
    [InlineData("source=name,target=/dst,volume-opt=o=ro")]
    [InlineData("source=name,target=/dst,live")]
    public void What_is_no_mount_is_refused_with_its_text(string text) =>
        Assert.StartsWith($"invalid mount '{text}': ", Assert.Throws<FormatException>(() => MountFlag.Parse(text)).Message, StringComparison.Ordinal);

    private static MountArgument Parse(string text) => text.Contains('=', StringComparison.Ordinal) ? MountFlag.Parse(text) : VolumeFlag.Parse(text);
}
