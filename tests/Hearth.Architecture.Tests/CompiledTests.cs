using Hearth.Architecture.Tests.Compiled;
using Hearth.Architecture.Tests.Rules;

namespace Hearth.Architecture.Tests;

/// <summary>The rules of docs/architecture.md that the compiled rooms show, each with what it has to refuse.</summary>
public sealed class CompiledTests
{
    [Fact]
    public void Rooms_use_what_is_beneath_them()
    {
        None(Repository.Rooms.SelectMany(CompiledReferences.Upward));
        Assert.Equal("Hearth.Fuse may not use Hearth.Keeper, and does", Assert.Single(CompiledReferences.Upward(Room("Hearth.Fuse", ["Hearth.Linux", "Hearth.Keeper"]))));
        Assert.Single(CompiledReferences.Upward(Room("Hearth.Cellar", ["Hearth.Linux"])));
    }

    [Fact]
    public void Projects_name_what_they_use_and_nothing_else()
    {
        None(Repository.Rooms.SelectMany(room => CompiledReferences.WronglyNamed(room, Repository.Projects.Single(project => project.IsProduct && project.Name == room.Name))));
        SourceFile project = new("src/Hearth.Shares/Hearth.Shares.csproj", "<Project><ItemGroup><ProjectReference Include=\"../Hearth.Fuse/Hearth.Fuse.csproj\" /></ItemGroup></Project>");
        Assert.Empty(CompiledReferences.WronglyNamed(Room("Hearth.Shares", ["Hearth.Fuse"]), project));
        Assert.Contains("does not name Hearth.Linux", Assert.Single(CompiledReferences.WronglyNamed(Room("Hearth.Shares", ["Hearth.Fuse", "Hearth.Linux"]), project)), StringComparison.Ordinal);
        Assert.Contains("names Hearth.Fuse", Assert.Single(CompiledReferences.WronglyNamed(Room("Hearth.Shares", []), project)), StringComparison.Ordinal);
    }

    [Fact]
    public void Folders_form_no_circle()
    {
        None(Repository.Rooms.SelectMany(FolderCircles.Violations));
    }

    [Fact]
    public void A_circle_of_folders_is_found_and_what_is_above_is_none()
    {
        TypeUse[] downward = [Use("Hearth.Fuse.A", "Hearth.Fuse.B"), Use("Hearth.Fuse.B.C", "Hearth.Fuse.D"), Use("Hearth.Fuse.A", "Hearth.Fuse"), Use("Hearth.Fuse", "Hearth.Fuse.A"), Use("Hearth.Fuse.A", "Hearth.Linux.B")];

        Assert.Empty(FolderCircles.Violations(Room("Hearth.Fuse", [], downward)));
        Assert.Equal(3, FolderCircles.Violations(Room("Hearth.Fuse", [], [.. downward, Use("Hearth.Fuse.D.E", "Hearth.Fuse.A")])).Count());
        Assert.Equal(2, FolderCircles.Violations(Room("Hearth.Fuse", [], [Use("Hearth.Fuse.A.X", "Hearth.Fuse.A.Y"), Use("Hearth.Fuse.A.Y", "Hearth.Fuse.A.X")])).Count());
    }

    [Fact]
    public void The_environment_is_read_where_programs_are_composed()
    {
        None(Repository.Rooms.SelectMany(CompiledReferences.EnvironmentReaders));
        TypeUse reads = new(new TypeName("Hearth.Fuse", "Reader"), new TypeName("System", "Environment"), "GetEnvironmentVariable");
        Assert.Equal("Hearth.Fuse.Reader", Assert.Single(CompiledReferences.EnvironmentReaders(Room("Hearth.Fuse", [], reads, reads with { Member = "get_ProcessId" }))));
        Assert.Empty(CompiledReferences.EnvironmentReaders(Room("Hearth.Cli", [], reads)));
    }

    [Fact]
    public void Native_methods_are_in_one_room()
    {
        None(Repository.Rooms.SelectMany(CompiledReferences.NativeMethods));
        Assert.NotEmpty(Repository.Rooms.Single(room => room.Name == "Hearth.Linux").NativeMethods);
        Assert.Single(CompiledReferences.NativeMethods(new CompiledRoom("Hearth.Fuse", [], [], ["Hearth.Fuse.Raw.open"])));
    }

    [Fact]
    public void Everything_asynchronous_of_the_client_library_can_be_cancelled()
    {
        None(AsynchronousMethods.WithoutCancellation(Path.Combine(AppContext.BaseDirectory, "Hearth.Client.dll")));
        Assert.Equal(
            ["ActAsync", "ValueAsync", "EachAsync"],
            AsynchronousMethods.WithoutCancellation(typeof(AsynchronousSample).Assembly.Location)
                .Where(name => name.Contains(nameof(AsynchronousSample), StringComparison.Ordinal)).Select(name => name[(name.LastIndexOf('.') + 1)..]));
    }

    private static void None(IEnumerable<string> violations)
    {
        string all = string.Join('\n', violations);
        Assert.True(all.Length == 0, all);
    }

    private static CompiledRoom Room(string name, string[] references, params TypeUse[] uses) => new(name, references, uses, []);

    private static TypeUse Use(string user, string used) => new(new TypeName(user, "User"), new TypeName(used, "Used"), null);
}
