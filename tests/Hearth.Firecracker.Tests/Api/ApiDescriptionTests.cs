using System.Text;
using Hearth.Firecracker.Tests.Support;

namespace Hearth.Firecracker.Tests.Api;

/// <summary>The tests' own digest of the API: it says what Firecracker's description says, and it refuses what that refuses.</summary>
public sealed class ApiDescriptionTests
{
    private const string Variable = "HEARTH_FIRECRACKER_API";
    private const string DescriptionFile = "firecracker-v1.13.1-api.yaml";

    [Fact]
    public void The_digest_agrees_with_the_description_that_it_was_taken_from()
    {
        string? path = Environment.GetEnvironmentVariable(Variable) ?? ReferenceFiles.Find(DescriptionFile);
        Assert.SkipWhen(path is null, $"there is no {DescriptionFile} in shared/reference above the checkout, and ${Variable} does not name it");

        Assert.Equal(YamlDigest.Make(File.ReadAllText(path!)), ApiDescription.Lines());
    }

    [Theory]
    [InlineData("PUT", "/drives/a", """{"drive_id":"a","is_root_device":false,"path_on_host":"/x","is_read_only":true}""", null)]
    [InlineData("PUT", "/drives/a", """{"drive_id":"b","is_root_device":false}""", "differ")]
    [InlineData("PUT", "/drives/a", """{"drive_id":"a"}""", "lacks is_root_device")]
    [InlineData("PUT", "/drives/a", """{"drive_id":"a","is_root_device":false,"io_engine":"Uring"}""", "io_engine=Sync|Async")]
    [InlineData("PUT", "/drives/a", """{"drive_id":"a","is_root_device":"no"}""", "no boolean")]
    [InlineData("PUT", "/machine-config", """{"vcpu_count":33,"mem_size_mib":128}""", "maximum=32")]
    [InlineData("PUT", "/machine-config", """{"vcpu_count":1,"mem_size_mib":128,"ht_enabled":false}""", "has no ht_enabled")]
    [InlineData("PATCH", "/machine-config", """{"vcpu_count":2}""", null)]
    [InlineData("PUT", "/vsock", """{"guest_cid":2,"uds_path":"v"}""", "minimum=3")]
    [InlineData("PUT", "/serial", "{}", "not described")]
    [InlineData("PUT", "/mmds", """{"anything":{"at":"all"}}""", null)]
    public void The_digest_refuses_what_the_description_does(string method, string path, string body, string? problem)
    {
        string? found = ApiDescription.Instance.Check(method, path, Encoding.UTF8.GetBytes(body));

        if (problem is null)
        {
            Assert.Null(found);
        }
        else
        {
            Assert.Contains(problem.Split('=')[0], found);
        }
    }

    [Fact]
    public void The_description_is_found_from_a_worktree_in_another_folder()
    {
        string place = Directory.CreateTempSubdirectory("hearth-reference-").FullName;
        try
        {
            string expected = Path.Combine(place, "one", "shared", "reference", "file");
            string administration = Directory.CreateDirectory(Path.Combine(place, "one", "main", ".git", "worktrees", "wt")).FullName;
            string program = Directory.CreateDirectory(Path.Combine(place, "other", "wt", "bin")).FullName;
            Directory.CreateDirectory(Path.GetDirectoryName(expected)!);
            File.WriteAllText(expected, "");
            Assert.Null(ReferenceFiles.FindAbove(program, "file"));
            File.WriteAllText(Path.Combine(place, "other", "wt", ".git"), $"gitdir: {administration}\n");
            Assert.Equal(expected, ReferenceFiles.FindAbove(program, "file"));
            Assert.Equal(expected, ReferenceFiles.FindAbove(administration, "file"));
        }
        finally
        {
            Directory.Delete(place, recursive: true);
        }
    }
}
