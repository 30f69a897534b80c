package io.culvert.operator.calico.rule;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.Kind;
import io.culvert.operator.calico.Resource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RewriteTest {

    private static final String STORED = """
            {'kind':'IPPool','apiVersion':'projectcalico.org/v3','metadata':{'name':'a','uid':'u','creationTimestamp':'t',\
            'resourceVersion':'7','labels':{'x':'1'},'finalizers':['f']},'spec':{'cidr':'10.0.0.0/8','ipipMode':'Never',\
            'vxlanMode':'Never','natOutgoing':true,'blockSize':28,'nodeSelector':'has(a)',\
            'allowedUses':['Workload','Tunnel'],'assignmentMode':'Automatic','fromTheFuture':{'y':1}},'status':{'z':2}}""";

    @Test
    void aNewPoolHasItsDefaultsWrittenOut() {
        assertThat(created(pool("{'cidr':'10.0.0.0/8','natOutgoing':false,'disabled':null}")))
                .isEqualTo(tree("""
                {'kind':'IPPool','apiVersion':'projectcalico.org/v3','metadata':{'name':'a'},'spec':{'cidr':'10.0.0.0/8',\
                'vxlanMode':'Never','ipipMode':'Always','blockSize':26,'nodeSelector':'all()',\
                'allowedUses':['Workload','Tunnel'],'assignmentMode':'Automatic'}}"""));
    }

    @Test
    void aNewResourceTakesOnlyNameLabelsAndAnnotationsFromItsMetadata() {
        ObjectNode file = tree("""
                {'kind':'Node','apiVersion':'projectcalico.org/v3','metadata':{'name':'n','uid':'u','resourceVersion':'7',\
                'creationTimestamp':'t','labels':{'a':'b'},'annotations':{'c':'d'}}}""");

        assertThat(created(file)).isEqualTo(tree("""
                {'kind':'Node','apiVersion':'projectcalico.org/v3','metadata':{'name':'n','labels':{'a':'b'},\
                'annotations':{'c':'d'}},'spec':{},'status':{}}"""));
    }

    @Test
    void aModifiedPoolIsWhatTheFileSaysAndKeepsWhatFilesDoNotSay() {
        ObjectNode stored = tree(STORED);

        assertThat(modified(stored, pool("{'cidr':'10.0.0.0/8'}"))).isEqualTo(tree("""
                {'kind':'IPPool','apiVersion':'projectcalico.org/v3','metadata':{'name':'a','uid':'u',\
                'creationTimestamp':'t','resourceVersion':'7','finalizers':['f']},'spec':{'cidr':'10.0.0.0/8',\
                'ipipMode':'Always','vxlanMode':'Never','blockSize':28,'nodeSelector':'all()',\
                'allowedUses':['Workload','Tunnel'],'assignmentMode':'Automatic','fromTheFuture':{'y':1}},'status':{'z':2}}"""));
        assertThat(stored).as("the stored tree is left alone").isEqualTo(tree(STORED));
    }

    @Test
    void aModifiedNodeKeepsUnknownFieldsBelow() {
        ObjectNode stored = tree(
                "{'kind':'Node','metadata':{'name':'n'},'spec':{'bgp':{'ipv4Address':'10.0.0.1/24','new':1,'asNumber':2}}}");
        ObjectNode file = tree("{'kind':'Node','apiVersion':'projectcalico.org/v3','metadata':{'name':'n'},"
                + "'spec':{'bgp':{'ipv4Address':'10.0.0.2/24'}}}");

        assertThat(modified(stored, file).path("spec"))
                .isEqualTo(tree("{'bgp':{'ipv4Address':'10.0.0.2/24','new':1}}"));
    }

    @Test
    void whatIsNotKnownStaysThoughItIsFalseNullOrEmpty() {
        ObjectNode stored =
                tree("{'kind':'Node','metadata':{'name':'n'},'spec':{'future':{'on':false,'off':null,'at':'','of':[]},"
                        + "'none':null,'bgp':{'ipv4Address':'10.0.0.1/24','asNumber':null,'new':false}}}");
        ObjectNode file = tree("{'kind':'Node','apiVersion':'projectcalico.org/v3','metadata':{'name':'n'},"
                + "'spec':{'bgp':{'ipv4Address':'10.0.0.2/24','ipv6Address':''}}}");

        ObjectNode written = modified(stored, file);
        assertThat(written.path("spec"))
                .isEqualTo(tree("{'bgp':{'ipv4Address':'10.0.0.2/24','new':false},"
                        + "'future':{'on':false,'off':null,'at':'','of':[]},'none':null}"));
        assertThat(modified(written, file)).isEqualTo(written);
    }

    @Test
    void aLabelWithoutAValueIsALabel() {
        ObjectNode file = pool("{'cidr':'10.0.0.0/8'}");
        file.withObject("metadata").withObject("labels").put("gpu", "");
        file.withObject("metadata").withObject("annotations").put("note", "");

        ObjectNode written = created(file);
        assertThat(written.path("metadata"))
                .isEqualTo(tree("{'name':'a','labels':{'gpu':''},'annotations':{'note':''}}"));
        assertThat(same(written, pool("{'cidr':'10.0.0.0/8'}"))).isFalse();
    }

    @ParameterizedTest(name = "{0} and {1}: {2}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {'cidr':'10.0.0.0/8'} | {'cidr':'10.0.0.0/8','ipipMode':'Always','blockSize':26,'natOutgoing':false} | true
            {'cidr':'10.0.0.0/8'} | {'nodeSelector':'all()','cidr':'10.0.0.0/8','allowedUses':['Workload','Tunnel']} | true
            {'cidr':'10.0.0.0/8'} | {'cidr':'10.0.0.0/8','ipipMode':'Never'}     | false
            {'cidr':'10.0.0.0/8'} | {'cidr':'10.0.0.0/8','natOutgoing':true}     | false
            {'cidr':'10.0.0.0/8'} | {'cidr':'10.0.0.0/8','fromTheFuture':1}      | false
            """)
    void same(String one, String other, boolean same) {
        assertThat(same(pool(one), pool(other))).isEqualTo(same);
        assertThat(same(pool(other), pool(one))).isEqualTo(same);
    }

    @ParameterizedTest(name = "{0} applied to {1}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {'cidr':'10.0.0.0/8'}                                  | {'cidr':'10.0.0.0/8','blockSize':26}
            {'cidr':'10.0.0.0/8','ipipMode':'Never'}               | {'cidr':'10.0.0.0/8','blockSize':28,'fromTheFuture':1}
            {'cidr':'10.0.0.0/8','blockSize':24,'disabled':false}  | {'cidr':'10.0.0.0/8','blockSize':28}
            {'cidr':'10.0.0.0/28'}                                 | {'cidr':'10.0.0.0/28','blockSize':26}
            {'cidr':'10.0.0.0/30','blockSize':32}                  | {'cidr':'10.0.0.0/30','blockSize':'32'}
            {'cidr':'10.0.0.0/8'}                                  | {'cidr':'10.0.0.0/8','blockSize':'26'}
            """)
    void whatIsWrittenIsWhatItWasDecodedTo(String file, String stored) {
        Resource written = Rewrite.modified(resource(pool(stored)), resource(pool(file)));
        assertThat(written.decoded()).isEqualTo(resource(written.document()).decoded());

        Resource created = Rewrite.created(resource(pool(file)));
        assertThat(created.decoded()).isEqualTo(resource(created.document()).decoded());
    }

    @Test
    void labelsCount() {
        ObjectNode labelled = pool("{'cidr':'10.0.0.0/8'}");
        labelled.withObject("metadata").withObject("labels").put("a", "b");
        ObjectNode empty = pool("{'cidr':'10.0.0.0/8'}");
        empty.withObject("metadata").withObject("labels");

        assertThat(same(labelled, pool("{'cidr':'10.0.0.0/8'}"))).isFalse();
        assertThat(same(empty, pool("{'cidr':'10.0.0.0/8'}"))).isTrue();
    }

    private static ObjectNode created(ObjectNode file) {
        return Rewrite.created(resource(file)).document();
    }

    private static ObjectNode modified(ObjectNode stored, ObjectNode file) {
        return Rewrite.modified(resource(stored), resource(file)).document();
    }

    private static boolean same(ObjectNode one, ObjectNode other) {
        return Rewrite.same(resource(one), resource(other));
    }

    private static Resource resource(ObjectNode document) {
        return Resource.of(Kind.spelled(document.path("kind").asText()).orElseThrow(), document);
    }

    private static ObjectNode pool(String spec) {
        return tree(
                "{'kind':'IPPool','apiVersion':'projectcalico.org/v3','metadata':{'name':'a'},'spec':" + spec + "}");
    }

    private static ObjectNode tree(String json) {
        try {
            return (ObjectNode) new ObjectMapper().readTree(json.replace('\'', '"'));
        } catch (JsonProcessingException broken) {
            throw new IllegalArgumentException(broken);
        }
    }
}
