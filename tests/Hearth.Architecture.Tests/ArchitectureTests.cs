using Hearth.Architecture.Tests.Rules;

namespace Hearth.Architecture.Tests;

/// <summary>The rules of docs/architecture.md and CONTRIBUTING.md that a look at the sources can tell, each with what it has to refuse.</summary>
public sealed class ArchitectureTests
{
    /// <summary>Files with a method that is still too long. The list must become empty.</summary>
    private static readonly string[] longMethods = ["tests/Hearth.FileTree.Tests/RandomOverlayTests.cs"];

    private const string Members = """
        internal sealed class Sample
        {
            private readonly Func<int, int> field;

            internal Sample()
            {
                field = number => number;
                Act();
            }

            internal int Short => 1;

            internal int Next(
                int number) =>
                number + 1;

            internal int Broken => field(1)
                + field(2);

            private void Act()
            {
                if (Short > 0)
                {
                }
            }

            private sealed record Inner(int Number)
            {
                internal int Twice => 2 * Number;
            }
        }
        """;

    [Fact]
    public void Rooms_reference_downward_only()
    {
        None(RoomReferences.Violations(Repository.Projects));
        Assert.Contains("may not reference Hearth.Keeper", Assert.Single(RoomReferences.Violations([Project("Hearth.Fuse", "Hearth.Linux", "Hearth.Keeper")])), StringComparison.Ordinal);
        Assert.Single(RoomReferences.Violations([Project("Hearth.Cellar")]));
        Assert.Empty(RoomReferences.Violations([Project("Hearth.Keeper", "Hearth.Linux", "Hearth.Machines")]));
    }

    [Fact]
    public void Native_calls_and_unsafe_code_stand_in_one_room() => Holds(
        RoomSecrets.NativeCode,
        Source("src/Hearth.Fuse/Raw.cs", "    [LibraryImport(\"libc\")]"),
        Source("src/Hearth.Keeper/Raw.cs", "internal unsafe struct Raw"),
        good: Source("src/Hearth.Linux/Raw.cs", "    [LibraryImport(\"libc\")]"));

    [Fact]
    public void Planners_are_pure() => Holds(
        RoomSecrets.ImpurePlanners,
        Source("src/Hearth.DiskImages/Erofs/Superblock.cs", "BuildTime = DateTime.UnixEpoch.Ticks"),
        Source("src/Hearth.DiskImages/SquashFs/Writer.cs", "Parallel.ForEach(nodes, Write);"),
        good: Source("src/Hearth.DiskImages/Content/Opener.cs", "File.OpenHandle(path)"));

    [Fact]
    public void Machine_monitors_do_not_meet() => Holds(
        RoomSecrets.MonitorsThatMeet,
        Source("src/Hearth.Machines/Qemu/Driver.cs", "new FirecrackerDriver()"),
        Source("src/Hearth.Machines/Firecracker/Driver.cs", "using Hearth.Machines.Qemu;"),
        good: Source("src/Hearth.Machines/Drivers.cs", "[new QemuDriver(), new FirecrackerDriver()]"));

    [Fact]
    public void Files_are_short() => Holds(
        Sizes.LongFiles,
        Source("src/Hearth.Fuse/Long.cs", string.Concat(Enumerable.Repeat("line\n", 401))),
        good: Source("src/Hearth.Fuse/Short.cs", string.Concat(Enumerable.Repeat("line\n", 400))));

    [Fact]
    public void Methods_are_short()
    {
        None(Sizes.LongMethods(Repository.Sources.Where(file => !longMethods.Contains(file.Path))));
        Assert.All(longMethods, path => Assert.NotEmpty(Sizes.LongMethods(Repository.Sources.Where(file => file.Path == path))));
        Assert.Single(Sizes.LongMethods([Source("src/Hearth.Fuse/Long.cs", ClassWithAMethodOf(61))]));
        Assert.Empty(Sizes.LongMethods([Source("src/Hearth.Fuse/Short.cs", ClassWithAMethodOf(60))]));
    }

    [Fact]
    public void Most_members_are_much_shorter()
    {
        None(Sizes.LongOnTheWhole(Repository.Sources));
        Assert.Equal(2, Sizes.LongOnTheWhole([Source("src/Hearth.Fuse/Long.cs", ClassWithAMethodOf(23))]).Count());
        Assert.Single(Sizes.LongOnTheWhole([Source("src/Hearth.Fuse/Long.cs", ClassWithAMethodOf(11))]));
        Assert.Empty(Sizes.LongOnTheWhole([Source("src/Hearth.Fuse/Short.cs", ClassWithAMethodOf(10))]));
    }

    [Fact]
    public void A_members_size_is_that_of_its_body() => Assert.Equal([1, 1, 1, 2, 2, 3], Sizes.MemberSizes(Members.Split('\n')).Order());

    [Fact]
    public void Rooms_are_small()
    {
        string large = string.Concat(Enumerable.Repeat("line\n", 9000));
        None(Sizes.LargeRooms(Repository.Sources));
        Assert.Single(Sizes.LargeRooms([Source("src/Hearth.Fuse/A.cs", large), Source("src/Hearth.Fuse/B.cs", "line\n")]));
        Assert.Empty(Sizes.LargeRooms([Source("src/Hearth.Fuse/A.cs", large), Source("tests/Hearth.Fuse.Tests/B.cs", "line\n")]));
    }

    [Fact]
    public void Classes_are_sealed() => Holds(
        Declarations.OpenClasses,
        Source("src/Hearth.Fuse/Open.cs", "internal class Open;"),
        Source("src/Hearth.Fuse/Open.cs", "public record Open(int Number);"),
        good: Source("src/Hearth.Fuse/Closed.cs", "internal sealed class Closed\n{\n}\ninternal abstract record Base;\ninternal readonly record struct Value;"));

    [Fact]
    public void A_type_is_public_only_where_another_room_uses_it()
    {
        SourceFile declaration = Source("src/Hearth.Fuse/Wide.cs", "public sealed class Wide");
        None(Declarations.NeedlesslyPublic(Repository.Sources, Repository.Projects));
        Assert.Single(Declarations.NeedlesslyPublic([declaration, Source("tests/Hearth.Fuse.Tests/WideTests.cs", "new Wide()")], []));
        Assert.Empty(Declarations.NeedlesslyPublic([declaration, Source("src/Hearth.Keeper/User.cs", "new Wide()")], []));
        Assert.Empty(Declarations.NeedlesslyPublic([declaration, Source("src/Hearth.Fuse/Giver.cs", "    public Wide Give()")], []));
        Assert.Single(Declarations.NeedlesslyPublic([declaration], [ProjectWith("<IsPackable>true</IsPackable>")]));
        Assert.Empty(Declarations.NeedlesslyPublic([declaration], [ProjectWith("<IsPackable>true</IsPackable><PackageReadmeFile>README.md</PackageReadmeFile>")]));

        static SourceFile ProjectWith(string properties) => new("src/Hearth.Fuse/Hearth.Fuse.csproj", $"<Project><PropertyGroup>{properties}</PropertyGroup></Project>");
    }

    [Fact]
    public void Packages_need_packages_only()
    {
        SourceFile package = new("src/Hearth.Shares/Hearth.Shares.csproj", "<Project><PropertyGroup><IsPackable>true</IsPackable></PropertyGroup><ItemGroup><ProjectReference Include=\"../Hearth.Fuse/Hearth.Fuse.csproj\" /></ItemGroup></Project>");
        SourceFile needed = new("src/Hearth.Fuse/Hearth.Fuse.csproj", "<Project><PropertyGroup><IsPackable>true</IsPackable></PropertyGroup></Project>");
        None(Packages.Incomplete(Repository.Projects));
        Assert.Single(Packages.Incomplete([package, Project("Hearth.Fuse")]));
        Assert.Empty(Packages.Incomplete([package, needed]));
    }

    [Fact]
    public void Names_say_something() => Holds(
        Declarations.EmptyNames,
        Source("src/Hearth.Fuse/Utils/Reader.cs", ""),
        Source("src/Hearth.Fuse/PathHelper.cs", "internal static class PathHelper"),
        good: Source("src/Hearth.Fuse/Paths.cs", "internal static class Paths"));

    [Fact]
    public void Nothing_is_left_for_later() => Holds(
        Wording.UnfinishedWork,
        Source("src/Hearth.Fuse/Reader.cs", "// TO" + "DO: the rest"),
        Source("tests/Hearth.Fuse.Tests/Reader.cs", "throw new NotImplemented" + "Exception();"),
        good: Source("src/Hearth.Fuse/Reader.cs", "// What is left to do is told."));

    [Fact]
    public void Nobody_waits_for_time_to_pass() => Holds(
        Wording.Sleeping,
        Source("tests/Hearth.Fuse.Tests/Reader.cs", "Thread." + "Sleep(10);"),
        Source("tests/Hearth.Fuse.Tests/Reader.cs", "await Task." + "Delay(100);"),
        good: Source("tests/Hearth.Fuse.Tests/Reader.cs", "Assert.True(thread.Join(deadline));"));

    [Fact]
    public void No_failure_is_swallowed() => Holds(
        Wording.SwallowedFailures,
        Source("src/Hearth.Fuse/Reader.cs", "        catch (IOException)\n        {\n        }\n"),
        good: Source("src/Hearth.Fuse/Reader.cs", "        catch (IOException)\n        {\n            // Gone already, which is what was wanted.\n        }\n"));

    [Fact]
    public void There_is_something_to_look_at()
    {
        Assert.True(Repository.Sources.Count(file => file.IsProduct) > 100);
        Assert.True(Repository.Projects.Count(file => file.IsProduct) > 8);
    }

    /// <summary>The repository keeps a rule, each bad file breaks it, and the good one does not.</summary>
    private static void Holds(Func<IEnumerable<SourceFile>, IEnumerable<string>> rule, SourceFile bad, SourceFile good) => Holds(rule, bad, bad, good);

    private static void Holds(Func<IEnumerable<SourceFile>, IEnumerable<string>> rule, SourceFile bad, SourceFile alsoBad, SourceFile good)
    {
        None(rule(Repository.Sources));
        Assert.Single(rule([bad]));
        Assert.Single(rule([alsoBad]));
        Assert.Empty(rule([good]));
    }

    private static void None(IEnumerable<string> violations)
    {
        string all = string.Join('\n', violations);
        Assert.True(all.Length == 0, all);
    }

    private static SourceFile Source(string path, string text) => new(path, text);

    private static SourceFile Project(string name, params string[] references) => new(
        $"src/{name}/{name}.csproj",
        $"<Project><ItemGroup>{string.Concat(references.Select(room => $"<ProjectReference Include=\"../{room}/{room}.csproj\" />"))}</ItemGroup></Project>");

    private static string ClassWithAMethodOf(int lines) =>
        $"internal sealed class Sample\n{{\n    private void Act()\n    {{\n{string.Concat(Enumerable.Repeat("        step();\n", lines))}    }}\n}}\n";
}
