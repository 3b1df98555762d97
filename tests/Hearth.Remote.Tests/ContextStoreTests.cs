using Hearth.Containers;

namespace Hearth.Remote.Tests;

/// <summary>Contexts on the disk.</summary>
public sealed class ContextStoreTests : IDisposable
{
    private readonly string place = Directory.CreateTempSubdirectory("hearth-remote-").FullName;

    private ContextStore Store => ContextStore.Of(name => name == "XDG_CONFIG_HOME" ? place : null);

    public void Dispose() => Directory.Delete(place, recursive: true);

    [Fact]
    public void A_context_keeps_how_a_host_is_reached_and_only_its_user_can_read_it()
    {
        HostAccess access = new(HostAddress.Parse("https://10.0.0.4:2376")) { Authority = "ca", Certificate = "cert", Key = "key", Token = "0123456789abcdef" };
        Store.Create(HostContext.Of("build", "builds", access));

        Assert.Equal(access, Store.FindAccess("build"));
        Assert.Equal(("build", "builds"), (Assert.Single(Store.List()).Name, Store.Find("build").Description));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Store.PathOf("build")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(Store.PathOf("build"))!));
    }

    [Fact]
    public void The_current_context_is_this_host_until_another_is_chosen()
    {
        Assert.Equal("default", Store.Current);
        Assert.Null(Store.FindAccess(null));
        Store.Create(HostContext.Of("work", "", new HostAccess(HostAddress.Parse("unix:///a"))));
        Store.Use("work");

        Assert.Equal("unix:///a", Store.FindAccess(null)!.ToString());
        Assert.Null(Store.FindAccess("default"));
        Assert.Equal(HearthError.WrongState, Assert.Throws<HearthException>(() => Store.Remove("work", force: false)).Error);
        Store.Remove("work", force: true);
        Assert.Equal("default", Store.Current);
        Assert.Empty(Store.List());
    }

    [Theory]
    [InlineData("../up", "invalid name")]
    [InlineData("", "invalid name")]
    [InlineData("-x", "invalid name")]
    [InlineData("nothing", "there is no context 'nothing'")]
    public void Names_that_are_not_there_or_cannot_be_are_refused(string name, string expected) =>
        Assert.Contains(expected, Assert.Throws<HearthException>(() => Store.Find(name)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_name_is_taken_once_and_a_damaged_file_is_named()
    {
        HostContext work = HostContext.Of("work", "", new HostAccess(HostAddress.Parse("unix:///a")));
        Store.Create(work);

        Assert.Equal(HearthError.NameTaken, Assert.Throws<HearthException>(() => Store.Create(work)).Error);
        Assert.Equal(HearthError.NameTaken, Assert.Throws<HearthException>(() => Store.Create(work with { Name = "default" })).Error);
        File.WriteAllText(Store.PathOf("work"), "no JSON");
        Assert.Contains(Store.PathOf("work"), Assert.Throws<HearthException>(() => Store.FindAccess("work")).Message, StringComparison.Ordinal);
    }
}
