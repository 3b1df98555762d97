using System.Text;
using Hearth.Containers;
using Hearth.Records.Recovery;
using Hearth.Records.Tests.Support;

namespace Hearth.Records.Tests;

public sealed class ContainerDirectoryTests : IDisposable
{
    private readonly Workplace place = new();

    [Fact]
    public void Ids_are_64_digits_and_never_the_same()
    {
        ContainerId id = ContainerId.New();
        Assert.Matches("^[0-9a-f]{64}$", id.ToString());
        Assert.Equal(id.ToString()[..12], id.Short);
        Assert.NotEqual(id, ContainerId.New());
        Assert.True(ContainerId.TryParse(id.ToString(), out ContainerId parsed));
        Assert.Equal(id, parsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("../../../../../../../../../../../../../../../../../etc/shadow00000")]
    [InlineData("ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789")]
    [InlineData("g000000000000000000000000000000000000000000000000000000000000000")]
    public void Other_texts_are_no_ids(string text)
    {
        Assert.False(ContainerId.TryParse(text, out _));
        Assert.Throws<ArgumentException>(() => ContainerDirectory.Create(place.Directories, place.NewTraces() with { Id = text }));
    }

    [Fact]
    public void A_directory_appears_with_its_state_and_for_its_owner_only()
    {
        ContainerTraces state = place.NewTraces();
        ContainerDirectory directory = ContainerDirectory.Create(place.Directories, state);
        Assert.Equal([state.Id], place.Containers);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(directory.Path));
        Assert.Equal([Path.Combine(directory.Path, "traces.json")], Directory.GetFileSystemEntries(directory.Path));
        Assert.Equal(state.ToJson(), File.ReadAllBytes(Path.Combine(directory.Path, "traces.json")));
    }

    [Fact]
    public void State_is_written_in_these_words()
    {
        ContainerTraces state = place.NewTraces() with
        {
            Id = new string('a', 64),
            Owner = new ProcessIdentity(12, 345),
            Machine = new ProcessIdentity(13, 346),
            Files = ["/var/lib/hearth/scratch/x.ext4"],
            ControlGroups = ["/sys/fs/cgroup/hearth/x"],
        };
        Assert.Equal(
            """
            {
              "id": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
              "owner": {
                "pid": 12,
                "startTime": 345
              },
              "machine": {
                "pid": 13,
                "startTime": 346
              },
              "files": [
                "/var/lib/hearth/scratch/x.ext4"
              ],
              "controlGroups": [
                "/sys/fs/cgroup/hearth/x"
              ],
              "created": "1970-01-01T00:00:00+00:00"
            }
            """,
            Encoding.UTF8.GetString(state.ToJson()));
        ContainerTraces read = ContainerTraces.Parse(state.ToJson())!;
        Assert.Equal(state with { Files = [], ControlGroups = [] }, read with { Files = [], ControlGroups = [] });
        Assert.Equal(state.Files, read.Files);
        Assert.Equal(state.ControlGroups, read.ControlGroups);
    }

    [Fact]
    public void An_update_is_seen_by_others()
    {
        ContainerDirectory directory = ContainerDirectory.Create(place.Directories, place.NewTraces());
        directory.Update(directory.Traces with { Files = ["/a/file"] });
        Assert.Equal(["/a/file"], ContainerTraces.Parse(File.ReadAllBytes(Path.Combine(directory.Path, "traces.json")))!.Files);
        Assert.Single(Directory.GetFileSystemEntries(directory.Path));
    }

    [Fact]
    public void A_deleted_directory_is_gone_with_all_in_it_and_cannot_be_updated()
    {
        ContainerDirectory directory = ContainerDirectory.Create(place.Directories, place.NewTraces());
        Directory.CreateDirectory(Path.Combine(directory.Path, "more/of/it"));
        directory.Delete();
        Assert.Empty(place.Containers);
        Assert.False(ContainerDirectory.Remove(directory.Path));
        Assert.Equal(RuntimeError.StorageFailed, Assert.Throws<RuntimeException>(() => directory.Update(directory.Traces)).Error);
    }

    [Fact]
    public void A_place_that_cannot_be_written_is_an_error_with_a_way_out()
    {
        place.Write("run", "a file in the way");
        RuntimeException failure = Assert.Throws<RuntimeException>(() => ContainerDirectory.Create(place.Directories, place.NewTraces()));
        Assert.Equal(RuntimeError.StorageFailed, failure.Error);
        Assert.Contains("--run-dir", failure.Message, StringComparison.Ordinal);
    }

    public void Dispose() => place.Dispose();
}
